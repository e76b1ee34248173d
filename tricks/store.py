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
from pathlib import Path

from filelock import FileLock, Timeout

from tricks.record import DAMAGE, OtherVersion, Outcome, Reader, Record, read_header, read_outcome, write_header
from tricks.run import Machine, Run
from tricks.writer import Busy, Writer, explain_os_errors, replace_file, run_path

TAIL_BYTES = 2_000  # More than the last line of a run file ever has.
CLOCK_SECONDS = 2  # No file system's clock is coarser.
MOST_READERS = 50

Stamp = tuple[int, int]  # Size and time of a file, which change when it does.


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
        self._finished: tuple[Finished, ...] = ()
        self._scanned: float = -1
        self._readers: dict[str, Reader] = {}

    def finished(self) -> tuple[Finished, ...]:
        """All finished runs, by name. Costs what is new since the last call; the same tuple while nothing is."""
        with self._reading:
            if not self.folder.is_dir():
                return ()
            changed = self.folder.stat().st_mtime
            # A change within the clock's grain of the last scan could be missed, so a fresh folder is read again.
            if changed != self._scanned or time.time() - changed < CLOCK_SECONDS:
                self._scan()
                self._scanned = changed
            return self._finished

    def find(self, run: Run) -> Finished | None:
        """The finished run; None when it is not finished, or its file is damaged."""
        try:
            return read_ends(self.path(run, ".jsonl"))
        except (OSError, ValueError):
            return None

    def read(self, run: Run) -> Record | None:
        """What is known of the run, finished or growing; None when nothing is."""
        with self._reading:
            known = self._readers.pop(run.name, None)
            for suffix in (".jsonl", ".part", ".jsonl"):  # Twice: it may be renamed while we look.
                path = self.path(run, suffix)
                reader = known if known and known.path == path else Reader(path)
                try:
                    record = reader.read()
                except OSError:
                    continue
                self._readers[run.name] = reader  # Last in the dictionary: the first is the one not read for longest.
                while len(self._readers) > MOST_READERS:
                    del self._readers[next(iter(self._readers))]
                return record
            return None

    @contextmanager
    def write(self, run: Run) -> Iterator["Writer"]:
        """Holds the run's lock and writes its file; Busy when another process does."""
        with self.lock(run.name):
            with explain_os_errors(self.folder):
                finished = self.path(run, ".jsonl")
                if finished.exists() and self.find(run) is None:
                    finished.replace(finished.with_suffix(".damaged"))  # For whoever can mend it; trained again.
                writer = Writer(self.folder, run)
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
        return run_path(self.folder, run, suffix)

    def _scan(self) -> None:
        """Brings the index up to date: reads the first and last lines of files that are new or changed."""
        known = self._index or self._read_index()
        index, self.damaged = {}, []
        for entry in sorted(os.scandir(self.folder), key=lambda entry: entry.name):
            if not entry.name.endswith(".jsonl"):
                continue
            try:
                stamp = (entry.stat().st_size, entry.stat().st_mtime_ns)
                if entry.name in known and known[entry.name][0] == stamp:
                    index[entry.name] = known[entry.name]
                else:
                    index[entry.name] = (stamp, read_ends(Path(entry.path)))
            except OtherVersion:
                pass
            except (OSError, ValueError):
                self.damaged.append(entry.name)
        if index != self._index:
            self._index = index
            self._finished = tuple(finished for _, finished in index.values())
            self._write_index()

    def _read_index(self) -> dict[str, tuple[Stamp, Finished]]:
        try:
            lines = json.loads((self.folder / ".index.json").read_text())
            return {name: (tuple(stamp), _finished(*ends)) for name, (stamp, ends) in lines.items()}
        except (OSError, *DAMAGE):
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
    except OtherVersion:
        raise
    except DAMAGE as error:
        raise ValueError(f"{path.name} is damaged ({error})") from None
    if kind != "outcome" or finished.run.name != path.stem:
        raise ValueError(f"{path.name} is not the file of a finished run of that name")
    return finished


def _finished(header: dict, outcome: dict) -> Finished:
    record = read_header(header)
    return Finished(run=record.run, machine=record.machine, outcome=read_outcome(outcome))
