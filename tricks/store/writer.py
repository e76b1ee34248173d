"""Writing one run's files, so that whatever happens in between, they are complete or visibly not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import safetensors

from tricks.files import advise, format_os_error, replace_file
from tricks.recipe.run import Checkpoint, Epoch, GraphCheck, Losses, Machine, Measurement, Preparing, Result, Run
from tricks.store.reader import Reader
from tricks.store.record import write_header, write_machine, write_measurement, write_outcome, write_record


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
        part = self._path(".part")
        record = Reader(part).read() if part.exists() else None
        if record and (checkpoint := read_checkpoint(self._path(".checkpoint.safetensors"))):
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
                    replace_file(self._path(".checkpoint.safetensors"), measurement.state)
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
        part = self._path(".part")
        if self.checkpoint:
            torn = not part.read_bytes().endswith(b"\n")
            self._file = part.open("ab")
            self._file.write(b"\n" if torn else b"")
            self._write(
                {"kind": "resumed", "step": self.checkpoint.step, "at": now(), "machine": write_machine(machine)}
            )
        else:
            self._path(".checkpoint.safetensors").unlink(missing_ok=True)
            replace_file(part, write_line(write_header(self.run, machine, now())))
            self._file = part.open("ab")

    def _write(self, line: dict) -> None:
        self._file.write(write_line(line))
        self._file.flush()

    def _finish(self, result: Result) -> None:
        replace_file(self._path(".predictions.safetensors"), result.predictions)
        replace_file(self._path(".weights.safetensors"), result.weights)
        self._file.close()
        part = self._path(".part")
        lines = [*write_record(Reader(part).read()), write_outcome(result, now())]
        replace_file(self._path(".jsonl"), b"".join(map(write_line, lines)))
        part.unlink(missing_ok=True)
        self._path(".checkpoint.safetensors").unlink(missing_ok=True)


def write_line(line: dict) -> bytes:
    """A line of a run's file."""
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint in the file; None when there is none that can be read."""
    try:
        with safetensors.safe_open(path, framework="np") as file:
            progress = file.metadata()
        return Checkpoint(
            epoch=int(progress["epoch"]),
            step=int(progress["step"]),
            seconds=float(progress["seconds"]),
            state=path.read_bytes(),
            layout=progress.get("layout", "channels_last"),
        )
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError):
        return None


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


def run_path(folder: Path, run: Run, suffix: str) -> Path:
    """Where one of the run's files is."""
    return folder / f"{run.name}{suffix}"
