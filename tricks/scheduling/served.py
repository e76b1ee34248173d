"""When each visitor had their last turn, on whichever server of a cache: so that all together are fair."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from tricks.scheduling.bans import mask_visitor
from tricks.scheduling.kept import Watch, read_one, write_kept
from tricks.store.fields import read_count

FOLDER = "served"
MOST_VISITORS = 10_000
name_visitor = lru_cache(MOST_VISITORS)(mask_visitor)


class Served:
    """The number of each visitor's last turn, by what tells nobody their cookie; a file beside the queue keeps it."""

    def __init__(self, folder: Path):
        self._path = folder / FOLDER / "turns.json"
        self._watch = Watch(folder / FOLDER)
        self._turns: dict[str, int] = {}
        self.look()

    def look(self) -> bool:
        """Reads what other servers have written since; whether that was anything."""
        if not self._watch.list_changes():
            return False
        found = read_one(self._path, read_turns) or {}
        self._turns = {name: max(found.get(name, 0), self._turns.get(name, 0)) for name in found | self._turns}
        return True

    def note(self, visitor: str) -> None:
        """It is this visitor's turn; who had theirs longest ago is forgotten when there are very many."""
        self._turns.pop(name_visitor(visitor), None)
        self._turns[name_visitor(visitor)] = 1 + max(self._turns.values(), default=0)
        if len(self._turns) > MOST_VISITORS:
            del self._turns[min(self._turns, key=self._turns.get)]
        write_kept(self._path, self._turns)
        self._watch.note(self._path)

    def choose(self, visitors: Iterable[str]) -> dict[str, int]:
        """The numbers of these visitors' last turns, of those who had any."""
        return {one: self._turns[name_visitor(one)] for one in visitors if name_visitor(one) in self._turns}


def read_turns(kept: dict[str, Any]) -> dict[str, int]:
    """The numbers as a file has them (an error of `DAMAGE`)."""
    return {str(name): read_count(number) for name, number in kept.items()}
