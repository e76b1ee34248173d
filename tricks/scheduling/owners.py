"""Whose runs have weights or checkpoints in the cache: beyond one visitor's part of it, those of their older runs go.

Visitors are named by what tells nobody their cookie. What is forgotten, as when a file is deleted, is nobody's.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tricks.recipe.run import Run
from tricks.scheduling.bans import mask_visitor
from tricks.scheduling.kept import forget_kept, read_kept, write_kept
from tricks.scheduling.requests import has_request
from tricks.store.cleanup import drop, read_kept_names
from tricks.store.fields import MOST_NAME, read_text
from tricks.store.files import BEGUN, WEIGHTS
from tricks.store.store import Store
from tricks.store.writer import StoreError

FOLDER = "owners"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a run has left, in files that end so: since when, in seconds since 1970, and its bytes."""

    name: str
    suffixes: Sequence[str]
    since: float
    size: int


class Owners:
    """Who asked for the runs of a cache that were trained here; the thread of each run that ends may ask."""

    def __init__(self, store: Store):
        self._store, self._folder = store, store.folder
        self._changing = threading.Lock()
        self._visitors: dict[str, frozenset[str]] = dict(read_kept(self._folder / FOLDER, _parse))

    def note(self, run: Run, visitors: Iterable[str]) -> None:
        """What the run has left is theirs who asked for it, of whom there is at least one."""
        masked = frozenset(map(mask_visitor, visitors))
        with self._changing:
            self._visitors[run.name] = masked
            write_kept(self._file(run.name), {"run": run.name, "visitors": sorted(masked)})

    def make_room(self, most_bytes: int) -> list[Path]:
        """Deletes what their oldest runs left until nobody has more than this; returns what went.

        That is weights, and what a stopped run would go on from. Of a run that several asked for it stays while one of
        them has room. What `spared.txt` names stays anyway, and so does what is in the queue or in training.
        """
        with self._changing:
            return self._make_room(most_bytes)

    def _make_room(self, most_bytes: int) -> list[Path]:
        found = sorted(self._list_left(), key=lambda left: left.since)
        held: Counter[str] = Counter()
        for left in found:
            held.update(dict.fromkeys(self._visitors[left.name], left.size))
        kept, gone = read_kept_names(self._folder), []
        for left in found:
            visitors = self._visitors[left.name]
            if left.name not in kept and min(held[visitor] for visitor in visitors) > most_bytes:
                with suppress(OSError, StoreError):  # What cannot be deleted is tried again after the next run.
                    if dropped := drop(self._store, left.name, left.suffixes, self._has_request):
                        held.subtract(dict.fromkeys(visitors, left.size))
                        gone += dropped
        return gone

    def _list_left(self) -> Iterator[Left]:
        """What the runs have left in the cache; those that have nothing there are forgotten."""
        for name in list(self._visitors):
            found = [left for suffixes in (BEGUN, (WEIGHTS,)) if (left := measure_left(self._folder, name, suffixes))]
            yield from found
            if not found:
                del self._visitors[name]
                forget_kept(self._file(name))

    def _has_request(self, name: str) -> bool:
        return has_request(self._folder, name)

    def _file(self, name: str) -> Path:
        return self._folder / FOLDER / f"{name}.json"


def measure_left(folder: Path, name: str, suffixes: Sequence[str]) -> Left | None:
    """What the run has left in files that end so; None where there is none."""
    found = []
    for suffix in suffixes:
        with suppress(OSError):
            found.append((folder / f"{name}{suffix}").stat())
    if not found:
        return None
    since, size = max(each.st_mtime for each in found), sum(each.st_size for each in found)
    return Left(name=name, suffixes=suffixes, since=since, size=size)


def _parse(kept: dict[str, Any]) -> tuple[str, frozenset[str]]:
    name = read_text(kept["run"], MOST_NAME)
    if Path(name).name != name:
        raise ValueError("a run's name leads nowhere else")
    if not kept["visitors"]:
        raise ValueError("a run of nobody's is kept as long as any")
    return name, frozenset(read_text(visitor, MOST_NAME) for visitor in kept["visitors"])
