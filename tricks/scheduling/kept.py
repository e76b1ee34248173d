"""What visitors ask for as files: whole, for their owner alone since they name visitors, and never an error.

Several servers on one cache write them: each watches what the others change.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from filelock import Timeout

from tricks.store.record import DAMAGE
from tricks.system.files import PRIVATE, Stamp, make_lock, read_plain, replace_file, stamp

LOCK_SECONDS = 2.0  # That another server has for one change.
MOST_BYTES = 1_000_000  # A request has as many visitors as there are at most.
Kept = TypeVar("Kept")


def read_kept(folder: Path, parse: Callable[[dict[str, Any]], Kept]) -> list[Kept]:
    """What `parse` makes of the folder's files, by their names; what cannot be read is left out."""
    found = (read_one(path, parse) for path in list_kept_paths(folder))
    return [one for one in found if one is not None]


def list_kept_paths(folder: Path) -> list[Path]:
    """The folder's files, by their names; none where there is no folder, or this user may not read it."""
    try:
        return sorted(folder.glob("*.json"))
    except OSError:
        return []


def read_one(path: Path, parse: Callable[[dict[str, Any]], Kept]) -> Kept | None:
    """What `parse` makes of the file; None where there is none that can be read."""
    try:
        hide(path)
        return parse(json.loads(read_plain(path, MOST_BYTES)))
    except (OSError, *DAMAGE):
        return None


def hide(path: Path) -> None:
    """Keeps the file from other users: visitors' names are secrets, which earlier versions left for all to read.

    What a link leads to is somebody else's, and stays as it is.
    """
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and stat.S_IMODE(mode) != PRIVATE:
            path.chmod(PRIVATE)


def may_read_kept(folder: Path) -> bool:
    """Whether this user may read the folder and each of its files; where there is none, there is nothing to hide."""
    try:
        for path in folder.iterdir():
            with path.open("rb"):
                pass
    except PermissionError:
        return False
    except OSError:
        pass
    return True


def write_kept(path: Path, content: dict[str, Any]) -> bool:
    """Writes the file, and its folder where there is none; False where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(content).encode(), PRIVATE)
    except OSError:
        return False
    return True


def forget_kept(path: Path) -> bool:
    """Deletes the file, where there is one; False where that cannot be."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


@contextmanager
def locking(folder: Path) -> Iterator[None]:
    """No other server changes what is kept in the folder meanwhile; a disk that cannot lock has one server."""
    locks = folder.parent / ".locks"
    lock = make_lock(locks / f"{folder.name}.lock")
    try:
        locks.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LOCK_SECONDS)
    except (OSError, Timeout):  # Told of when the run begins, or whoever has it hangs: asking must not.
        pass
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The names of files that have come or changed, and of those that are gone."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


class Watch:
    """The files of a folder, of which it is told once what others than this server have changed."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._stamps: dict[str, Stamp] = {}

    def note(self, path: Path) -> None:
        """This server has changed the file itself."""
        self._stamps.pop(path.name, None)
        with suppress(OSError):
            self._stamps[path.name] = stamp(path.lstat())

    def list_changes(self) -> Changes | None:
        """What has changed since it was asked last; None where the folder is not there, or cannot be read."""
        before, self._stamps = self._stamps, {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".json"):
                        with suppress(FileNotFoundError):  # It went meanwhile.
                            self._stamps[entry.name] = stamp(entry.stat(follow_symlinks=False))
        except OSError:
            return None
        new = tuple(name for name, mark in self._stamps.items() if before.get(name) != mark)
        return Changes(new=new, gone=tuple(before.keys() - self._stamps.keys()))
