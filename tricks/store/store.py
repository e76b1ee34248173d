"""The cache: a folder of run files that a person can read, copy and commit.

A run that is being trained is `<name>.part`, written under an exclusive lock; a finished one is `<name>.jsonl`, with
its predictions and weights beside it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from tricks.recipe.run import Run
from tricks.store.files import FINISHED, GROWING, SET_ASIDE, run_path
from tricks.store.index import Finished, read_course, read_finished
from tricks.store.listing import Listing
from tricks.store.reader import Reader
from tricks.store.record import Record
from tricks.store.writer import Locked, StoreError, Writer, explain_os_errors
from tricks.system.files import make_lock

MOST_READERS = 50


class Store:
    """The runs in one folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._reading = threading.RLock()
        self._listing = Listing(folder)
        self._readers: dict[str, Reader] = {}
        self.trouble = ""  # Why the folder cannot be read, if it cannot.

    def finished(self) -> tuple[Finished, ...]:
        """All finished runs, by name. Costs what is new since the last call; the same tuple while nothing is."""
        with self._reading:
            try:
                self._listing.update()
            except FileNotFoundError:  # Nothing was trained yet, or all was taken away.
                self._listing, self.trouble = Listing(self.folder), ""
            except OSError as error:
                self.trouble = f"The cache cannot be read ({error.strerror})"
            else:
                self.trouble = ""
            return self._listing.finished

    @property
    def damaged(self) -> list[str]:
        """The files that are named as a finished run's, and are none's."""
        return self._listing.damaged

    @property
    def unreadable(self) -> list[str]:
        """The files that are another user's, who keeps them to themselves."""
        return self._listing.unreadable

    def find(self, run: Run) -> Finished | None:
        """The finished run; None when it is not finished, or its file is damaged."""
        try:
            return read_finished(self.path(run, FINISHED))
        except (OSError, ValueError):
            return None

    def read(self, run: Run) -> Record | None:
        """What is known of the run, finished or growing; None when nothing is."""
        with self._reading:
            known = self._readers.pop(run.name, None)
            for suffix in (FINISHED, GROWING, FINISHED):  # Twice: it may be renamed while we look.
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

    def read_course(self, run: Run) -> Record | None:
        """All that is known of a finished run but its losses, quicker than `read`; None when there is none."""
        try:
            return read_course(self.path(run, FINISHED))
        except (OSError, ValueError):
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
                finished = self.path(run, FINISHED)
                if is_damaged(finished):
                    finished.replace(finished.with_suffix(SET_ASIDE))  # For whoever can mend it; trained again.
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
            lock = make_lock(locks / f"{name}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise Locked(f"{name} is in use by another process") from None
        try:
            yield
        finally:
            lock.release()

    def is_locked(self, name: str) -> bool:
        """Whether somebody has this lock now; where that cannot be known, nobody."""
        if not (self.folder / ".locks" / f"{name}.lock").exists():
            return False
        try:
            with self.lock(name):
                return False
        except Locked:
            return True
        except StoreError:
            return False

    def path(self, run: Run, suffix: str) -> Path:
        """Where one of the run's files is."""
        return run_path(self.folder, run, suffix)


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
