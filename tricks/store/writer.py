"""Writing one run's files, so that whatever happens in between, they are complete or visibly not."""

import errno
import glob
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import safetensors

from tricks.recipe.measurements import (
    Checkpoint,
    Epoch,
    GraphCheck,
    Losses,
    Machine,
    Measurement,
    Preparing,
    Result,
)
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.run import Run
from tricks.store.fields import MOST_SECONDS, read_measured_number
from tricks.store.files import CHECKPOINT, FINISHED, GROWING, PREDICTIONS, WEIGHTS, run_path
from tricks.store.lines import write_header, write_measurement, write_outcome, write_record
from tricks.store.machine import LAYOUTS, write_machine
from tricks.store.reader import Reader
from tricks.store.record import DAMAGE, Record
from tricks.system.files import advise, format_os_error, open_beside_links, read_plain, replace_file

PARAMETER_BYTES = 48  # Of a checkpoint: weights, averages and an optimizer's memory, a dozen numbers at most.
OTHER_BYTES = 64_000_000  # The state of random numbers, and of whatever a network has beside its weights.


class StoreError(Exception):
    """The cache cannot be used as asked; the message is one sentence that says what to do."""


class Locked(StoreError):
    """Somebody else holds the run or the device."""


class Writer:
    """Writes one run's file; `checkpoint` is where an interrupted training goes on, and `machine` what it ran on."""

    def __init__(self, folder: Path, run: Run):
        self.run = run
        self.checkpoint: Checkpoint | None = None
        self.machine: Machine | None = None
        self._folder = folder
        self._file = None
        for left in folder.glob(f"{glob.escape(run.name)}.*.tmp"):  # By a process that was killed as it wrote.
            left.unlink(missing_ok=True)
        part = self._path(GROWING)
        record = Reader(part).read() if part.exists() else None
        checkpoint = read_checkpoint(folder, run)
        if record and checkpoint and has_lines_of(checkpoint, record):
            self.checkpoint, self.machine = checkpoint, record.machine

    def append(self, measurement: Measurement) -> None:
        """Writes a measurement down; the result completes the run and gives the file its final name."""
        with explain_os_errors(self._folder):
            match measurement:
                case Machine():
                    self._open(measurement)
                case Losses() | Epoch() | Preparing() | GraphCheck():
                    self._write(write_measurement(measurement))
                case Checkpoint():
                    os.fsync(self._file.fileno())  # When the power fails no checkpoint is without its lines.
                    replace_file(self._path(CHECKPOINT), measurement.state)
                case Result():
                    self._finish(measurement)

    def close(self) -> None:
        """Closes the file; an unfinished run stays as it is, to be resumed."""
        if self._file:
            with suppress(OSError):  # Every line was flushed, so that a full disk has been told of before.
                self._file.close()

    def _path(self, suffix: str) -> Path:
        return run_path(self._folder, self.run, suffix)

    def _open(self, machine: Machine) -> None:
        part = self._path(GROWING)
        if self.checkpoint:
            torn = not ends_a_line(part)
            self._file = open(part, "ab", opener=open_beside_links)
            self._file.write(b"\n" if torn else b"")
            self._write(
                {"kind": "resumed", "step": self.checkpoint.step, "at": now(), "machine": write_machine(machine)}
            )
        else:
            self._path(CHECKPOINT).unlink(missing_ok=True)
            replace_file(part, write_line(write_header(self.run, machine, now())))
            self._file = part.open("ab")

    def _write(self, line: dict) -> None:
        if not os.fstat(self._file.fileno()).st_nlink:  # Somebody has deleted it, perhaps with the whole folder.
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._path(GROWING)))
        self._file.write(write_line(line))
        self._file.flush()

    def _finish(self, result: Result) -> None:
        replace_file(self._path(PREDICTIONS), result.predictions)
        replace_file(self._path(WEIGHTS), result.weights)
        self._file.close()
        part = self._path(GROWING)
        lines = [*write_record(Reader(part).read()), write_outcome(result, now())]
        replace_file(self._path(FINISHED), b"".join(map(write_line, lines)))
        part.unlink(missing_ok=True)
        self._path(CHECKPOINT).unlink(missing_ok=True)


def write_line(line: dict) -> bytes:
    """A line of a run's file."""
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def ends_a_line(path: Path) -> bool:
    """Whether the file's last line is whole."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def read_checkpoint(folder: Path, run: Run) -> Checkpoint | None:
    """The run's checkpoint; None when there is none that can be read."""
    path = run_path(folder, run, CHECKPOINT)
    most_bytes = OTHER_BYTES + PARAMETER_BYTES * count_parameters(describe_network(run.recipe))
    try:
        state = read_plain(path, most_bytes)
        with safetensors.safe_open(path, framework="np") as file:
            progress = file.metadata()
        layout = progress.get("layout", LAYOUTS[0])
        if layout not in LAYOUTS:
            return None
        return Checkpoint(
            epoch=int(progress["epoch"]),
            step=int(progress["step"]),
            seconds=read_measured_number(float(progress["seconds"]), MOST_SECONDS),
            state=state,
            layout=layout,
        )
    except (OSError, *DAMAGE, safetensors.SafetensorError):
        return None


def has_lines_of(checkpoint: Checkpoint, record: Record) -> bool:
    """Whether the record has all epochs and losses up to the checkpoint; a run goes on from no other."""
    epochs = [one.epoch for one in record.epochs if one.epoch <= checkpoint.epoch]
    return epochs == [*range(1, checkpoint.epoch + 1)] and len(record.losses) >= checkpoint.step


@contextmanager
def explain_os_errors(folder: Path) -> Iterator[None]:
    """Turns the system's refusals into a StoreError."""
    try:
        yield
    except OSError as error:
        advice = advise(error, "TRICKS_CACHE")
        raise StoreError(f"the cache {folder} cannot be written ({format_os_error(error)}): {advice}") from None


def now() -> str:
    """The time in ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
