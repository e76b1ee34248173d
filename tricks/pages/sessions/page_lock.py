"""Runs of the page take turns, and between two of them the server sends what the first one made.

The thread that sends gives way to whatever comes in after every message, so where there is always a page to run,
nothing is sent any more: 300 sessions that came within a minute got no answer from a server that was always busy.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 1  # More make nothing quicker, since Python runs one at a time.
ROUNDS = 8  # Of the sending thread between two turns: in a run's own time it gets the others that it needs.
LONG_SECONDS = 0.2
MOST_REST_SECONDS = 0.25

_turns = threading.BoundedSemaphore(AT_ONCE)
_held = threading.local()
_loops: list[asyncio.AbstractEventLoop] = []


def give_way_to(loop: asyncio.AbstractEventLoop) -> None:
    """Names the loop that sends what the runs make."""
    _loops[:] = [loop]


def has_turn() -> bool:
    """Whether this run has its turn, so that others wait for it."""
    return getattr(_held, "turn", False)


@contextmanager
def take_turn() -> Iterator[None]:
    """Waits until no other run is at work; within a turn there is no second wait."""
    if has_turn():
        yield
        return
    with _turns:
        _held.turn, _held.since = True, time.monotonic()
        try:
            yield
        finally:
            _held.turn = False
            _rest()


def give_way() -> None:
    """In the midst of much work: lets others run first, if this turn has lasted long.

    Never within what others may wait for, as a lock or a cached function: they would wait for it in their turn.
    """
    if getattr(_held, "turn", False) and time.monotonic() - _held.since > LONG_SECONDS:
        _rest()
        _turns.release()
        time.sleep(0)
        _turns.acquire()
        _held.since = time.monotonic()


def _rest() -> None:
    """Waits until the loop has gone round a few times; an idle one does so within a millisecond."""
    done = threading.Event()

    def go_round(loop: asyncio.AbstractEventLoop, rounds: int) -> None:
        if rounds:
            loop.call_soon(go_round, loop, rounds - 1)
        else:
            done.set()

    for loop in _loops:
        loop.call_soon_threadsafe(go_round, loop, ROUNDS)
        done.wait(MOST_REST_SECONDS)
