"""The cache: a folder of run files that a person can read, copy and commit.

A run that is being trained is `<name>.part`, written under an exclusive lock; a finished one is `<name>.jsonl`, with
its predictions and weights beside it. Only the scheduler's process writes.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tricks.files import Stamp, format_name, stamp
from tricks.recipe.run import Run
from tricks.store.index import Finished, add_to_index, read_finished, read_index, replace_index
from tricks.store.reader import Reader
from tricks.store.record import OtherVersion, Record
from tricks.store.writer import Locked, Writer, explain_os_errors, run_path

INDEX = ".index.jsonl"
CLOCK_SECONDS = 2  # No file system's clock is coarser.
LOOK_SECONDS = 60  # All files are looked at so often: what is changed in place does not change its folder.
MOST_READERS = 50


class Store:
    """The runs in one folder; `damaged` names the files that are none's, `unreadable` those that are another user's."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.damaged: list[str] = []
        self.unreadable: list[str] = []
        self._reading = threading.RLock()
        self._index: dict[str, tuple[Stamp, Finished]] = {}
        self._finished: tuple[Finished, ...] = ()
        self._scanned = -1  # The folder's time at the last scan.
        self._looked = 0.0  # When that was.
        self._watched: dict[Path, Stamp] = {}  # Files that were damaged or young, and may have changed since.
        self._readers: dict[str, Reader] = {}

    def finished(self) -> tuple[Finished, ...]:
        """All finished runs, by name. Costs what is new since the last call; the same tuple while nothing is."""
        with self._reading:
            if not self.folder.is_dir():
                return ()
            changed = self.folder.stat().st_mtime_ns
            if changed != self._scanned or is_young(changed) or self._may_have_changed_within():
                self._looked = time.monotonic()
                self._scan()
                self._scanned = changed
            return self._finished

    def find(self, run: Run) -> Finished | None:
        """The finished run; None when it is not finished, or its file is damaged."""
        try:
            return read_finished(self.path(run, ".jsonl"))
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

    def look(self, path: Path) -> Record | None:
        """What the run file at this path says, without keeping it in mind."""
        try:
            return Reader(path).read()
        except OSError:
            return None

    @contextmanager
    def write(self, run: Run) -> Iterator["Writer"]:
        """Holds the run's lock and writes its file; Locked when another process does."""
        with self.lock(run.name):
            with explain_os_errors(self.folder):
                finished = self.path(run, ".jsonl")
                if is_damaged(finished):
                    finished.replace(finished.with_suffix(".damaged"))  # For whoever can mend it; trained again.
                writer = Writer(self.folder, run)
            try:
                yield writer
            finally:
                writer.close()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """An exclusive lock among all processes that use this folder; Locked when it is held."""
        locks = self.folder / ".locks"
        with explain_os_errors(self.folder):
            locks.mkdir(parents=True, exist_ok=True)
            lock = FileLock(locks / f"{name}.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise Locked(f"{name} is in use by another process") from None
        try:
            yield
        finally:
            lock.release()

    def path(self, run: Run, suffix: str) -> Path:
        """Where one of the run's files is."""
        return run_path(self.folder, run, suffix)

    def _may_have_changed_within(self) -> bool:
        """Whether a file is another one since the last scan, or may be: the folder's own time does not tell."""
        late = time.monotonic() - self._looked > LOOK_SECONDS
        return late or any(look_at(path) != before for path, before in self._watched.items())

    def _scan(self) -> None:
        """Brings the list up to date: reads the files that are new or changed."""
        written = self._index or read_index(self.folder / INDEX)
        index, new = {}, {}
        self.damaged, self.unreadable, self._watched = [], [], {}
        for entry in sorted(os.scandir(self.folder), key=lambda entry: entry.name):
            name = entry.name
            if not name.endswith(".jsonl") or name == INDEX:
                continue
            now, known_damaged = look_at(entry), len(self.damaged)
            if name in written and written[name][0] == now:
                index[name] = written[name]
            elif finished := self._read_finished(Path(entry.path)):
                index[name] = new[name] = (now, finished)
            if not now or is_young(now[-1]) or len(self.damaged) > known_damaged:
                self._watched[Path(entry.path)] = now
        if new or len(index) != len(self._index):
            self._index = index
            self._finished = tuple(finished for _, finished in index.values())
        if 2 * len(new) > len(index) or len(written) > 2 * len(index):
            replace_index(self.folder / INDEX, index)  # Most of what it says is missing, or of deleted files.
        elif new:
            add_to_index(self.folder / INDEX, new)

    def _read_finished(self, path: Path) -> Finished | None:
        """The finished run in the file; None where there is none, which is told if it is a fault."""
        try:
            return read_finished(path)
        except OtherVersion:
            pass
        except PermissionError:
            self.unreadable.append(format_name(path))
        except (OSError, ValueError):
            self.damaged.append(format_name(path))
        return None


def look_at(place: Path | os.DirEntry) -> Stamp:
    """The file's stamp; an empty one where there is no file."""
    try:
        return stamp(place.stat())
    except OSError:
        return ()


def is_young(nanoseconds: int) -> bool:
    """Whether this time is so near that a change since would not show on every file system's clock."""
    return time.time() - nanoseconds / 1e9 < CLOCK_SECONDS


def is_damaged(path: Path) -> bool:
    """Whether the file is there, but not that of a finished run (PermissionError if this user may not read it)."""
    try:
        read_finished(path)
    except FileNotFoundError:
        return False
    except PermissionError:
        raise
    except (OSError, ValueError):
        return True
    return False
