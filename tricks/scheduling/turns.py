"""A run's turn on a device: when it comes, how much of the device it takes, and what its end means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tricks.engines.engine import Engine
from tricks.recipe.run import Run
from tricks.scheduling.execution import Attempt, Status
from tricks.scheduling.requests import Request

MOST_TRIES = 3  # Without a new checkpoint.


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A run that is trained, for whom it began, where, and how much of the device it takes; on a GPU threads are 0."""

    run: Run
    visitors: frozenset[str]
    engine: Engine
    threads: int
    shares: int


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
    return Turn(run=request.run, visitors=request.visitors, engine=engine, threads=threads, shares=shares)


def charge(request: Request, ended: Attempt) -> tuple[Request, Attempt]:
    """What the end of a run's turn says of the run: too many tries that took its worker with them set it aside.

    Of several that a worker trained when it died none is charged, but each is suspected: it goes on alone, so that the
    next death is its own.
    """
    if ended.status is Status.DIED_IN_COMPANY:
        return replace(request, tries=max(0, request.tries - 1), suspected=True), ended
    if ended.status is not Status.DIED:
        return replace(request, tries=max(0, request.tries - 1)), ended
    if request.tries < MOST_TRIES:
        return request, ended
    return request, Attempt(status=Status.FAILED, reason=f"{format_set_aside(request)}; the last time, {ended.reason}")


def is_used_up(request: Request) -> bool:
    """Whether the run has had all its tries, the last ones perhaps together with the server's end."""
    return request.tries >= MOST_TRIES


def format_set_aside(request: Request) -> str:
    """Why a run that was tried so often is not tried again."""
    return f"it was set aside after its worker died {request.tries} times"
