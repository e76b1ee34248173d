"""Whose runs have their weights in the cache: beyond one visitor's part of it, those of their older runs go.

Visitors are named by what tells nobody their cookie. What is forgotten, as when a file is deleted, is nobody's.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tricks.recipe.run import Run
from tricks.scheduling.bans import mask_visitor
from tricks.scheduling.kept import forget_kept, read_kept, write_kept
from tricks.store.cleanup import read_kept_names
from tricks.store.fields import MOST_NAME, read_text
from tricks.store.files import WEIGHTS

FOLDER = "owners"


class Owners:
    """Who asked for the runs of a cache that were trained here; the thread of each run that ends may ask."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._changing = threading.Lock()
        self._visitors: dict[str, frozenset[str]] = dict(read_kept(folder / FOLDER, _parse))

    def note(self, run: Run, visitors: Iterable[str]) -> None:
        """The run's weights are theirs who asked for it, of whom there is at least one."""
        masked = frozenset(map(mask_visitor, visitors))
        with self._changing:
            self._visitors[run.name] = masked
            write_kept(self._file(run.name), {"run": run.name, "visitors": sorted(masked)})

    def make_room(self, most_bytes: int) -> list[Path]:
        """Deletes the weights of the runs that ended first until nobody has more than this; returns what went.

        Those that several asked for stay while one of them has room. What `spared.txt` names stays anyway.
        """
        with self._changing:
            return self._make_room(most_bytes)

    def _make_room(self, most_bytes: int) -> list[Path]:
        found = sorted((status.st_mtime, status.st_size, name) for name, status in self._list_weights())
        held: Counter[str] = Counter()
        for _, size, name in found:
            held.update(dict.fromkeys(self._visitors[name], size))
        kept, gone = read_kept_names(self._folder), []
        for _, size, name in found:
            if name not in kept and min(held[visitor] for visitor in self._visitors[name]) > most_bytes:
                path = self._folder / f"{name}{WEIGHTS}"
                with suppress(OSError):  # What cannot be deleted is tried again after the next run.
                    path.unlink(missing_ok=True)
                    held.subtract(dict.fromkeys(self._visitors[name], size))
                    gone.append(path)
        return gone

    def _list_weights(self):
        """The names of the runs that have weights, with what the system knows of these; others are forgotten."""
        for name in list(self._visitors):
            try:
                yield name, (self._folder / f"{name}{WEIGHTS}").stat()
            except OSError:
                del self._visitors[name]
                forget_kept(self._file(name))

    def _file(self, name: str) -> Path:
        return self._folder / FOLDER / f"{name}.json"


def _parse(kept: dict[str, Any]) -> tuple[str, frozenset[str]]:
    name = read_text(kept["run"], MOST_NAME)
    if Path(name).name != name:
        raise ValueError("a run's name leads nowhere else")
    if not kept["visitors"]:
        raise ValueError("a run of nobody's is kept as long as any")
    return name, frozenset(read_text(visitor, MOST_NAME) for visitor in kept["visitors"])
