"""Whose turn it is: visitors take turns, whatever one of them has queued, and everybody can see when theirs comes."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tricks.recipe.run import Run
from tricks.scheduling.requests import Request


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Seconds from now until a run begins and ends."""

    start: float
    end: float


def take_turns(waiting: Sequence[Request], served: Mapping[str, int]) -> list[Request]:
    """The waiting requests, oldest first, in the order of their turns.

    The next turn is the visitor's who had theirs longest ago (`served`: the number of each one's last turn), and
    goes to their oldest request; who shares it spends no turn. Interrupted runs go on first, once: their turn has come
    before. What waits for something to be mended comes last, so that it holds nobody up.
    """
    ordered = {request.run.name: request for request in waiting if goes_on_first(request)}
    queues: dict[str, list[tuple[int, Request]]] = {}
    for age, request in enumerate(waiting):
        for visitor in request.visitors:
            queues.setdefault(visitor, []).append((age, request))
    turns = [(served.get(visitor, 0), queue[0][0], visitor) for visitor, queue in queues.items()]
    heapq.heapify(turns)
    turn = max(served.values(), default=0)
    while turns:
        _, _, visitor = heapq.heappop(turns)
        queue = queues[visitor]
        while queue and queue[0][1].run.name in ordered:
            queue.pop(0)
        if queue:
            request = queue.pop(0)[1]
            ordered[request.run.name] = request
            turn += 1
            heapq.heappush(turns, (turn, queue[0][0] if queue else 0, visitor))
    return sorted(ordered.values(), key=lambda request: bool(request.trouble))


def goes_on_first(request: Request) -> bool:
    """Whether the run was interrupted by no fault of its own."""
    return request.interrupted and request.deaths <= 1 and not request.trouble and not request.overdue


def forecast(
    queue: Iterable[Request],
    seconds_left: Callable[[Request], float],
    shares: int,
    count_shares: Callable[[Request], int] = lambda request: 1,
) -> dict[Run, Expected]:
    """When each request of the queue, running ones first, begins and ends when so many shares are given at a time."""
    now, free = 0.0, shares
    ends: list[tuple[float, int]] = []
    expected = {}
    for request in queue:
        taken = min(count_shares(request), shares)
        while free < taken:
            now, given_back = heapq.heappop(ends)
            free += given_back
        free -= taken
        expected[request.run] = Expected(start=now, end=now + seconds_left(request))
        heapq.heappush(ends, (expected[request.run].end, taken))
    return expected
