"""What a visitor may still ask for, by what they and others at their address have in the queue."""

from collections.abc import Callable, Collection

from tricks.scheduling.limits import LimitExceeded, Limits
from tricks.scheduling.requests import Request

MOST_REQUESTS = 500
MOST_VISITORS = 10_000  # Whose addresses are known.


class Allowance:
    """The limits of a host, and from where the visitors of this server come."""

    def __init__(self, limits: Limits, expect: Callable[[Request], float]):
        self._limits, self._expect = limits, expect
        self._addresses: dict[str, str] = {}

    def note_address(self, visitor: str, address: str) -> None:
        """From where the visitor comes: together with others there they may have so much in the queue."""
        self._addresses.pop(visitor, None)
        self._addresses[visitor] = address
        while len(self._addresses) > MOST_VISITORS:
            del self._addresses[next(iter(self._addresses))]

    def check(self, request: Request, visitor: str, queue: Collection[Request]) -> None:
        """Refuses what is more than this host gives beside the queue (LimitExceeded, one sentence)."""
        self._limits.check_recipe(request.run.recipe)
        if len(queue) >= MOST_REQUESTS:
            raise LimitExceeded(f"{MOST_REQUESTS} runs are in the queue already: come back later")
        further = self._expect(request) / 60
        own = [each for each in queue if visitor in each.visitors]
        self._limits.check_queue(sum(map(self._expect, own)) / 60, further)
        if address := self._addresses.get(visitor):
            near = [each for each in queue if address in map(self._addresses.get, each.visitors)]
            self._limits.check_address(sum(map(self._expect, near)) / 60, further)
