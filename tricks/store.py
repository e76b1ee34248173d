"""The cache: a folder of run files that a person can read, copy and commit.

A run that is being trained is `<name>.part`, written under an exclusive lock; a finished one is `<name>.jsonl`, with
its predictions and weights beside it. Only the scheduler's process writes.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import safetensors
from filelock import FileLock, Timeout

from tricks.record import (
    OtherVersion,
    Outcome,
    Reader,
    Record,
    read_header,
    write_header,
    write_measurement,
    write_outcome,
)
from tricks.run import Checkpoint, Epoch, Losses, Machine, Measurement, Preparing, Result, Run

TAIL_BYTES = 2_000  # More than the last line of a run file ever has.
CLOCK_SECONDS = 2  # No file system's clock is coarser.
MOST_READERS = 50

Stamp = tuple[int, int]  # Size and time of a file, which change when it does.


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
        self._reading = threading.RLock()
        self._index: dict[str, tuple[Stamp, Finished]] = {}
        self._scanned: float = -1
        self._readers: dict[str, Reader] = {}

    def finished(self) -> list[Finished]:
        """All finished runs, by name. Costs what is new since the last call, not what is cached."""
        with self._reading:
            if not self.folder.is_dir():
                return []
            changed = self.folder.stat().st_mtime
            # A change within the clock's grain of the last scan could be missed, so a fresh folder is read again.
            if changed != self._scanned or time.time() - changed < CLOCK_SECONDS:
                self._scan()
                self._scanned = changed
            return [finished for _, finished in self._index.values()]

    def find(self, run: Run) -> Finished | None:
        """The finished run; None when it is not finished, or its file is damaged."""
        try:
            return read_ends(self.path(run, ".jsonl"))
        except (FileNotFoundError, ValueError):
            return None

    def read(self, run: Run) -> Record | None:
        """What is known of the run, finished or growing; None when nothing is."""
        with self._reading:
            known = self._readers.pop(run.name, None)
            for suffix in (".jsonl", ".part"):
                path = self.path(run, suffix)
                reader = known if known and known.path == path else Reader(path)
                try:
                    record = reader.read()
                except FileNotFoundError:
                    continue
                self._readers[run.name] = reader  # Last in the dictionary: the first is the one not read for longest.
                while len(self._readers) > MOST_READERS:
                    del self._readers[next(iter(self._readers))]
                return record
            return None

    @contextmanager
    def write(self, run: Run) -> Iterator["Writer"]:
        """Holds the run's lock and writes its file; Busy when another process does."""
        with self.lock(run.name), explain_os_errors(self.folder):
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

    def path(self, run: Run, suffix: str) -> Path:
        """Where one of the run's files is."""
        return self.folder / f"{run.name}{suffix}"

    def _scan(self) -> None:
        """Brings the index up to date: reads the first and last lines of files that are new or changed."""
        known = self._index or self._read_index()
        index, self.damaged = {}, []
        for entry in sorted(os.scandir(self.folder), key=lambda entry: entry.name):
            if not entry.name.endswith(".jsonl"):
                continue
            stamp = (entry.stat().st_size, entry.stat().st_mtime_ns)
            if entry.name in known and known[entry.name][0] == stamp:
                index[entry.name] = known[entry.name]
                continue
            try:
                index[entry.name] = (stamp, read_ends(Path(entry.path)))
            except OtherVersion:
                pass
            except (OSError, ValueError):
                self.damaged.append(entry.name)
        if index != self._index:
            self._index = index
            self._write_index()

    def _read_index(self) -> dict[str, tuple[Stamp, Finished]]:
        try:
            lines = json.loads((self.folder / ".index.json").read_text())
            return {name: (tuple(stamp), _finished(*ends)) for name, (stamp, ends) in lines.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # The index is only a shortcut.

    def _write_index(self) -> None:
        lines = {
            name: (stamp, (write_header(one.run, one.machine, ""), asdict(one.outcome)))
            for name, (stamp, one) in self._index.items()
        }
        try:
            replace_file(self.folder / ".index.json", json.dumps(lines).encode())
        except OSError:
            pass  # A read-only cache is read without the shortcut.


def read_ends(path: Path) -> Finished:
    """A finished run by the first and last line of its file; a ValueError when they are damaged or of another run."""
    with path.open("rb") as file:
        first = file.readline()
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        last = file.read().rstrip(b"\n").split(b"\n")[-1]
    try:
        header, outcome = json.loads(first), json.loads(last)
        kind, finished = outcome.pop("kind"), _finished(header, outcome)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is damaged ({error})") from None
    if kind != "outcome" or finished.run.name != path.stem:
        raise ValueError(f"{path.name} is not the file of a finished run of that name")
    return finished


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
        if (damaged := store.path(run, ".jsonl")).exists() and store.find(run) is None:
            damaged.replace(damaged.with_suffix(".damaged"))  # Kept for whoever can mend it, and trained again.
        part = store.path(run, ".part")
        record = Reader(part).read() if part.exists() else None
        if record and (checkpoint := read_checkpoint(store.path(run, ".checkpoint.safetensors"))):
            self.checkpoint, self.machine = checkpoint, record.machine

    def append(self, measurement: Measurement) -> None:
        """Writes a measurement down; the result completes the run and gives the file its final name."""
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
        return self._store.path(self.run, suffix)

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
