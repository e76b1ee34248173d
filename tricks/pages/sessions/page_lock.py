"""Runs of the page take turns, and between two of them the server sends what the first one made.

The thread that sends gives way to whatever comes in after every message, so where there is always a page to run,
nothing is sent any more: 300 sessions that came within a minute got no answer from a server that was always busy.
Of those who wait the visitor comes first who has had least, so that one with 200 pages keeps nobody else waiting.
"""

import asyncio
import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from tricks.pages.sessions.refresh_rate import choose_wait, note_update
from tricks.pages.sessions.visitor import name_address

ROUNDS = 8  # Of the sending thread between two turns: in a run's own time it gets the others that it needs.
LONG_SECONDS = 0.1
MOST_REST_SECONDS = 0.25
MEMORY_SECONDS = 10.0  # After which what a visitor has had counts half.
MUCH_SECONDS = 5.0  # Of them: more than a quarter of the time.
REST = 2  # Times a turn.


class Turns:
    """One turn at a time, of whoever waits for the visitor's who has had least of them lately.

    Who has had much, while others are here too, rests after each turn twice as long as it was: most of the time is
    free, so that who comes seldom mostly need not wait.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._changing = threading.Lock()
        self._waiting: dict[str, deque[threading.Event]] = {}
        self._had: dict[str, float] = {}  # Seconds, by visitor.
        self._rests: dict[str, float] = {}  # Until when, by visitor.
        self._holder, self._since, self._forgot = "", 0.0, clock()
        self._is_free, self._is_awaited = True, False

    def acquire(self, visitor: str) -> None:
        """Waits for a turn."""
        with self._changing:
            event = self._queue(visitor)
            self._hand_out()
        event.wait()

    def release(self) -> None:
        """Ends the turn, and begins that of who comes next."""
        with self._changing:
            self._end()
            self._hand_out()

    def pass_on(self, visitor: str) -> None:
        """Ends the turn, and waits for another among all others: who has had least goes on at once."""
        with self._changing:
            event = self._queue(visitor)
            self._end()
            self._hand_out()
        event.wait()

    def _queue(self, visitor: str) -> threading.Event:
        event = threading.Event()
        self._waiting.setdefault(visitor, deque()).append(event)
        return event

    def _end(self) -> None:
        """Notes what the holder has had."""
        now = self._clock()
        took = now - self._since
        self._had[self._holder] = self._had.get(self._holder, 0.0) + took
        if now - self._forgot > MEMORY_SECONDS:
            self._forgot, self._rests = now, {}
            self._had = {visitor: had / 2 for visitor, had in self._had.items() if had > 0.01}
        if len(self._had) > 1 and self._had.get(self._holder, 0.0) > MUCH_SECONDS:
            self._rests[self._holder] = now + REST * took
        self._is_free = True

    def _hand_out(self) -> None:
        """Begins the next turn, if there is none; now, or when the first has rested."""
        if not self._is_free or not self._waiting:
            return
        now = self._clock()
        first = min(self._waiting, key=lambda visitor: (max(now, self._rest(visitor)), self._had.get(visitor, 0.0)))
        if (rest := self._rest(first) - now) > 0:
            if not self._is_awaited:
                self._is_awaited = True
                timer = threading.Timer(rest, self._look_again)
                timer.daemon = True
                timer.start()
            return
        self._holder, self._since, self._is_free = first, now, False
        event = self._waiting[first].popleft()
        if not self._waiting[first]:
            del self._waiting[first]
        event.set()

    def _rest(self, visitor: str) -> float:
        return self._rests.get(visitor, 0.0)

    def _look_again(self) -> None:
        with self._changing:
            self._is_awaited = False
            self._hand_out()


_turns = Turns()
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
    _turns.acquire(name_address())
    _held.turn, _held.since = True, time.monotonic()
    try:
        yield
    finally:
        _held.turn = False
        _rest()
        _turns.release()


def refresh(part: Callable[..., None], seconds: float | None = None) -> Callable[..., None]:
    """The part of a page as one that runs by itself, every so many seconds, or when something in it is used.

    Then too it takes a turn, as the whole page does; in a crowd it runs less often.
    """
    wait = choose_wait(seconds) if seconds else None

    @functools.wraps(part)
    def show_in_turn(*arguments) -> None:
        began = time.monotonic()
        with take_turn():
            part(*arguments)
        if seconds:
            note_update(began)
            if choose_wait(seconds) != wait:
                st.rerun()  # Only a full run of the page can change how often a part of it runs.

    return st.fragment(show_in_turn, run_every=wait)


def give_way() -> None:
    """In the midst of much work: lets others run first, if this turn has lasted long.

    Never within what others may wait for, as a lock or a cached function: they would wait for it in their turn.
    """
    if has_turn() and time.monotonic() - _held.since > LONG_SECONDS:
        _rest()
        _turns.pass_on(name_address())
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
