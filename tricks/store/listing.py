"""The finished runs of a folder, brought up to date by no more than what is new.

A folder's own time tells of files that come and go. What changes within a file is seen by its stamp: of files that are
young or damaged at each look, of all others by turns, two thousand at a time.
"""

import errno
import os
import time
from collections.abc import Iterable
from pathlib import Path

from tricks.store.files import FINISHED
from tricks.store.index import Finished, add_to_index, read_finished, read_index, replace_index
from tricks.store.record import OtherVersion
from tricks.system.files import Stamp, format_name, stamp

INDEX = ".index.jsonl"
CLOCK_SECONDS = 2  # No file system's clock is coarser.
LOOK_SECONDS = 60  # All files are looked at so often, of very many 2,000 at a time.
MOST_LOOKS = 2000
MOST_WATCHED = 500
REST = 4  # Times as long as listing very many files took: each epoch of a training changes the folder's time.


class Listing:
    """What is known of a folder's files; `damaged` names those of no run, `unreadable` those of another user."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.finished: tuple[Finished, ...] = ()
        self.damaged: list[str] = []
        self.unreadable: list[str] = []
        self._stamps: dict[str, Stamp] = {}  # Of all run files, by name, in their order.
        self._runs: dict[str, Finished] = {}
        self._faults: dict[str, type[Exception]] = {}
        self._watched: dict[str, Stamp] = {}  # Files that are damaged or young, and may have changed since.
        self._indexed: dict[str, tuple[Stamp, Finished]] | None = None  # Not read yet.
        self._lines = 0  # Of the index.
        self._changed = -1  # The folder's time when it was last listed.
        self._rests_until = 0.0
        self._places: dict[str, int] = {}
        self._looked, self._place = 0.0, 0  # When files were looked at by turns, and from which on.

    def update(self) -> None:
        """Reads what is new or changed (OSError where the folder cannot be read)."""
        changed = self.folder.stat().st_mtime_ns
        if not os.access(self.folder, os.R_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.folder))
        fresh = [name for name, before in self._watched.items() if self._look_at(name) != before]
        is_new = (changed != self._changed or is_young(changed)) and time.monotonic() >= self._rests_until
        if not (is_new or fresh or self._is_time_to_look()):
            return
        gone: set[str] = set()
        if is_new:
            began, before, self._places = time.monotonic(), self._places, self._list_places()
            gone = before.keys() - self._places.keys()
            fresh += [name for name, place in self._places.items() if before.get(name) != place]
            self._changed = changed
        self._take(gone, [*fresh, *self._choose_by_turns()])
        if is_new and len(self._places) > MOST_LOOKS:
            self._rests_until = time.monotonic() + REST * (time.monotonic() - began)

    def _is_time_to_look(self) -> bool:
        share = min(1.0, MOST_LOOKS / max(1, len(self._stamps)))
        return time.monotonic() - self._looked > LOOK_SECONDS * share

    def _choose_by_turns(self) -> list[str]:
        names = list(self._stamps)
        chosen = names[self._place : self._place + MOST_LOOKS]
        self._place = self._place + MOST_LOOKS if self._place + MOST_LOOKS < len(names) else 0
        self._looked = time.monotonic()
        return chosen

    def _look_at(self, name: str) -> Stamp:
        """The file's stamp; an empty one where there is no file."""
        try:
            return stamp(os.stat(f"{self.folder}{os.sep}{name}"))  # Much cheaper than a path.
        except OSError:
            return ()

    def _list_places(self) -> dict[str, int]:
        """The place on the disk of each run file, which tells a new one from the old one of its name."""
        with os.scandir(self.folder) as entries:
            found = {entry.name: entry.inode() for entry in entries if entry.name.endswith(FINISHED)}
        found.pop(INDEX, None)
        return found

    def _take(self, gone: Iterable[str], names: Iterable[str]) -> None:
        """Forgets files, and looks at others, of which those are read whose stamp is another one."""
        new: dict[str, tuple[Stamp, Finished]] = {}
        is_changed = any([self._forget(name) for name in gone])
        for name in dict.fromkeys(names):
            now = self._look_at(name)
            if not now or now != self._stamps.get(name):
                self._forget(name)
                self._read(name, now, new)
                is_changed = True
            self._watch(name, now)
        if is_changed:
            self._sort()
            self._write_index(new)

    def _read(self, name: str, now: Stamp, new: dict[str, tuple[Stamp, Finished]]) -> None:
        if self._indexed is None:
            self._indexed = read_index(self.folder / INDEX)
            self._lines = len(self._indexed)
        self._stamps[name] = now
        known, finished = self._indexed.get(name, ((), None))
        if known == now and finished:
            self._runs[name] = finished
        else:
            self._read_file(name)
            if name in self._runs:
                new[name] = (now, self._runs[name])

    def _read_file(self, name: str) -> None:
        try:
            self._runs[name] = read_finished(self.folder / name)
        except OtherVersion:
            pass
        except (OSError, ValueError) as error:
            self._faults[name] = type(error)

    def _forget(self, name: str) -> bool:
        """Lets go of what was known of the file; whether that was anything."""
        known = self._stamps.pop(name, None) is not None
        for those in (self._runs, self._faults, self._watched):
            those.pop(name, None)
        return known

    def _watch(self, name: str, now: Stamp) -> None:
        """Looks at the file each time as long as its stamp may hide a change, or somebody may mend it."""
        self._watched.pop(name, None)
        if (not now or is_young(now[-1]) or name in self._faults) and len(self._watched) < MOST_WATCHED:
            self._watched[name] = now

    def _sort(self) -> None:
        finished = tuple(self._runs[name] for name in sorted(self._runs))
        if finished != self.finished:
            self.finished = finished
        self.damaged, self.unreadable = [], []
        for name in sorted(self._faults):
            faults = self.unreadable if issubclass(self._faults[name], PermissionError) else self.damaged
            faults.append(format_name(Path(name)))

    def _write_index(self, new: dict[str, tuple[Stamp, Finished]]) -> None:
        """Adds what is new, or writes the index anew where most of it is missing, or of deleted files."""
        if self._indexed is not None:
            self._indexed = {}  # From now on it says nothing that is not known.
        if 2 * len(new) > len(self._runs) or self._lines > 2 * max(1, len(self._runs)):
            replace_index(
                self.folder / INDEX, {name: (self._stamps[name], self._runs[name]) for name in sorted(self._runs)}
            )
            self._lines = len(self._runs)
        elif new:
            add_to_index(self.folder / INDEX, new)
            self._lines += len(new)


def is_young(nanoseconds: int) -> bool:
    """Whether this time is so near that a change since would not show on every file system's clock."""
    return abs(time.time() - nanoseconds / 1e9) < CLOCK_SECONDS
