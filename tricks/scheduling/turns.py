"""A run's turn on a device: when it comes, how much of the device it takes, and what its end means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tricks.engines.engine import Engine
from tricks.recipe.run import Run
from tricks.scheduling.execution import Attempt, Status
from tricks.scheduling.requests import Request

MOST_DEATHS = 3  # Workers that one run may cost.


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A run that is trained, where, and how much of the device it takes; on a GPU its threads are 0."""

    run: Run
    engine: Engine
    threads: int
    shares: int


@dataclass(frozen=True, kw_only=True)
class HostError:
    """Something that went wrong with a run at a time, in seconds since 1970."""

    at: float
    run: Run
    reason: str


def plan_turn(engine: Engine, request: Request, resumed: int, busy: Sequence[Turn], alone: bool) -> Turn | None:
    """The request's turn on this engine beside those that are `busy`; None while too few shares are free.

    `resumed`: the threads that its run was begun with, 0 for a fresh one; `alone`: nobody else waits or is trained. A
    suspected run has the whole device.
    """
    capacity = engine.capacity
    threads = capacity.choose_threads(resumed, alone)
    shares = capacity.shares if request.suspected else capacity.count_shares(threads)
    if shares + sum(turn.shares for turn in busy) > capacity.shares:
        return None
    return Turn(run=request.run, engine=engine, threads=threads, shares=shares)


def charge(request: Request, ended: Attempt) -> tuple[Request, Attempt]:
    """Counts a death against the run that alone can have caused it; the last one sets it aside.

    Of several that a worker trained when it died none is charged, but each is suspected: it goes on alone, so that the
    next death is its own.
    """
    if ended.status is Status.DIED_IN_COMPANY:
        return replace(request, suspected=True), ended
    if ended.status is not Status.DIED:
        return request, ended
    request = replace(request, deaths=request.deaths + 1)
    if request.deaths < MOST_DEATHS:
        return request, ended
    reason = f"it was set aside after its worker died {request.deaths} times; the last time, {ended.reason}"
    return request, Attempt(status=Status.FAILED, reason=reason)
