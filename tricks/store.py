"""The cache: a folder of run files that a person can read, copy and commit.

A run that is being trained is `<name>.part`, written under an exclusive lock; a finished one is `<name>.jsonl`, with
its predictions and weights beside it. Only the scheduler's process writes.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import safetensors
from filelock import FileLock, Timeout

from tricks.recipe import VERSION, Recipe
from tricks.record import Outcome, Reader, Record, read_header, write_header, write_measurement, write_outcome
from tricks.run import Checkpoint, Epoch, Losses, Machine, Measurement, Preparing, Result, Run

TAIL_BYTES = 2_000  # More than the last line of a run file ever has.


class StoreError(Exception):
    """The cache cannot be used as asked; the message is one sentence that says what to do."""


class Busy(StoreError):
    """Somebody else holds the run or the device."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A finished run as the index knows it."""

    run: Run
    machine: Machine
    outcome: Outcome


class Store:
    """The runs in one folder; `damaged` names the files that could not be read."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.damaged: list[str] = []
        self._index: dict[str, tuple[tuple[int, int], Finished | None]] = {}
        self._scanned: float = -1
        self._readers: dict[str, Reader] = {}

    def finished(self) -> list[Finished]:
        """All finished runs, by key and seed. Costs what is new since the last call, not what is cached."""
        try:
            changed = self.folder.stat().st_mtime
        except FileNotFoundError:
            return []
        # A change within the clock's grain of the last scan could be missed, so a fresh folder is read again.
        if changed != self._scanned or datetime.now(UTC).timestamp() - changed < 2:
            self._scan()
            self._scanned = changed
        return [finished for _, finished in self._index.values() if finished]

    def seeds(self, recipe: Recipe) -> dict[int, Finished]:
        """The finished runs of a recipe by seed."""
        return {one.run.seed: one for one in self.finished() if one.run.recipe == recipe}

    def find(self, run: Run) -> Finished | None:
        """The finished run; None when it is not finished, or its file is damaged."""
        path = self._path(run, ".jsonl")
        return read_ends(path) if path.exists() else None

    def is_finished(self, run: Run) -> bool:
        """Whether the run's finished file is there."""
        return self._path(run, ".jsonl").exists()

    def read(self, run: Run) -> Record | None:
        """What is known of the run, finished or growing; None when nothing is."""
        reader = self._readers.get(run.name)
        for suffix in (".jsonl", ".part"):
            path = self._path(run, suffix)
            if reader is None or (reader.path != path and reader.path.suffix == ".part"):
                reader = Reader(path)
            try:
                record = reader.read()
            except FileNotFoundError:
                reader = None
                continue
            self._readers[run.name] = reader
            return record
        self._readers.pop(run.name, None)
        return None

    @contextmanager
    def write(self, run: Run) -> Iterator["Writer"]:
        """Holds the run's lock and writes its file; Busy when another process does."""
        with self.lock(run.name):
            writer = Writer(self, run)
            try:
                yield writer
            finally:
                writer.close()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """An exclusive lock among all processes that use this folder; Busy when it is held."""
        locks = self.folder / ".locks"
        with explain_os_errors(self.folder):
            locks.mkdir(parents=True, exist_ok=True)
            lock = FileLock(locks / f"{name}.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise Busy(f"{name} is in use by another process") from None
        try:
            yield
        finally:
            lock.release()

    def _path(self, run: Run, suffix: str) -> Path:
        return self.folder / f"{run.name}{suffix}"

    def _scan(self) -> None:
        """Brings the index up to date: reads the first and last lines of files that are new or changed."""
        known = self._index or self._read_index()
        index, self.damaged = {}, []
        for entry in sorted(os.scandir(self.folder), key=lambda entry: entry.name):
            if not entry.name.endswith(".jsonl"):
                continue
            status = entry.stat()
            stamp = (status.st_size, status.st_mtime_ns)
            if known.get(entry.name, (None,))[0] == stamp:
                index[entry.name] = known[entry.name]
            else:
                index[entry.name] = (stamp, read_ends(Path(entry.path)))
            if index[entry.name][1] is None:
                self.damaged.append(entry.name)
        if index != self._index:
            self._index = index
            self._write_index()

    def _read_index(self) -> dict[str, tuple[tuple[int, int], Finished | None]]:
        try:
            lines = json.loads((self.folder / ".index.json").read_text())
            if lines.pop("version") != VERSION:
                return {}
            return {name: (tuple(stamp), _finished(*ends)) for name, (stamp, ends) in lines.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # The index is only a shortcut.

    def _write_index(self) -> None:
        lines = {
            name: (stamp, (write_header(one.run, one.machine, ""), asdict(one.outcome)))
            for name, (stamp, one) in self._index.items()
            if one
        }
        try:
            replace_file(self.folder / ".index.json", json.dumps({"version": VERSION, **lines}).encode())
        except OSError:
            pass  # A read-only cache is read without the shortcut.


def read_ends(path: Path) -> Finished | None:
    """A finished run by the first and last line of its file; None when they are damaged."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline())
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            last = json.loads(file.read().rstrip(b"\n").split(b"\n")[-1])
        if last.pop("kind") != "outcome":
            return None
        finished = _finished(header, last)
        return finished if finished.run.name == path.stem else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _finished(header: dict, outcome: dict) -> Finished:
    record = read_header(header)
    return Finished(run=record.run, machine=record.machine, outcome=Outcome(**outcome))


class Writer:
    """Writes one run's file; `checkpoint` is where an interrupted training goes on, and `machine` what it ran on."""

    def __init__(self, store: Store, run: Run):
        self.run = run
        self.checkpoint: Checkpoint | None = None
        self.machine: Machine | None = None
        self._store = store
        self._file = None
        part = store._path(run, ".part")
        record = Reader(part).read() if part.exists() else None
        if record and (checkpoint := read_checkpoint(store._path(run, ".checkpoint.safetensors"))):
            self.checkpoint, self.machine = checkpoint, record.machine

    def append(self, measurement: Measurement) -> None:
        """Writes a measurement down; the result completes the run and gives the file its final name."""
        with explain_os_errors(self._store.folder):
            match measurement:
                case Machine():
                    self._open(measurement)
                case Losses() | Epoch() | Preparing():
                    self._write(write_measurement(measurement))
                case Checkpoint():
                    replace_file(self._path(".checkpoint.safetensors"), measurement.state)
                case Result():
                    self._finish(measurement)

    def close(self) -> None:
        """Closes the file; an unfinished run stays as it is, to be resumed."""
        if self._file:
            self._file.close()

    def _path(self, suffix: str) -> Path:
        return self._store._path(self.run, suffix)

    def _open(self, machine: Machine) -> None:
        part = self._path(".part")
        if self.checkpoint:
            torn = not part.read_bytes().endswith(b"\n")
            self._file = part.open("ab")
            self._file.write(b"\n" if torn else b"")
            self._write({"kind": "resumed", "step": self.checkpoint.step, "at": now()})
        else:
            # A new file, not the old one emptied: readers see by its inode that the run began anew.
            replace_file(part, write_line(write_header(self.run, machine, now())))
            self._file = part.open("ab")

    def _write(self, line: dict) -> None:
        self._file.write(write_line(line))
        self._file.flush()

    def _finish(self, result: Result) -> None:
        replace_file(self._path(".predictions.safetensors"), result.predictions)
        replace_file(self._path(".weights.safetensors"), result.weights)
        self._write(write_outcome(result, now()))
        os.fsync(self._file.fileno())
        self._file.close()
        self._path(".part").replace(self._path(".jsonl"))
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
        )
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError):
        return None


def replace_file(path: Path, content: bytes) -> None:
    """Writes the file so that it is either as before or complete, also when the power fails in between."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def explain_os_errors(folder: Path) -> Iterator[None]:
    """Turns the system's refusals into a StoreError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"the cache {folder} cannot be written ({reason}): make room or set TRICKS_CACHE") from None


def now() -> str:
    """The time in ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
