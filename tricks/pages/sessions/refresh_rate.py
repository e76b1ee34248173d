"""How often each session may look: in a crowd less often than it would like to, so that all updates stay bounded."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from tricks.pages.sessions.visitor import make_name

MOST_UPDATES = 75  # A second, all sessions together: half a processor core, about; the rest is for clicks and training.
FEWEST_UPDATES = MOST_UPDATES / 2  # On a machine that is busy with other things.
SLOW_SECONDS = 0.3  # An update takes so long where the processor is overtaxed: fewer are allowed then.
QUICK_SECONDS = 0.08  # Where it takes no longer, more are allowed again.
PATIENCE_SECONDS = 5  # Until what is allowed changes again.
CALM = 0.4  # Of what is allowed: the waits are halved only when that leaves some room, or they would swing.
TURN_SECONDS = 0.1  # Another wait needs a full run of the page, so the sessions change to it one after the other.
SPREAD = 0.1  # Sessions that were served at the same moment ask again at different ones.


@dataclass(frozen=True, kw_only=True)
class Session:
    """When a session looked last, the wait that it would like to have, and by what its waits are stretched."""

    seen: float
    wish: float
    factor: int
    luck: float

    @property
    def wait(self) -> float:
        """The seconds between two looks."""
        return self.wish * self.factor * (1 - SPREAD * self.luck)


class Presence:
    """The sessions that are looking."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, draw: Callable[[], float] = random.random):
        self._clock = clock
        self._draw = draw
        self._changing = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._factor = 1
        self._allowed: float = MOST_UPDATES
        self._took = 0.0
        self._next_count = self._next_turn = self._next_change = clock()

    def widen(self, name: str, wish: float) -> float:
        """Notes that the session looks; returns the seconds after which it shall look again, in place of its wish."""
        with self._changing:
            now = self._clock()
            if now >= self._next_count:
                self._next_count = now + 1
                self._count(now)
            known = self._sessions.get(name) or Session(seen=now, wish=wish, factor=self._factor, luck=self._draw())
            if known.factor != self._factor and now >= self._next_turn:
                self._next_turn = now + TURN_SECONDS
                known = replace(known, factor=self._factor)
            self._sessions[name] = known = replace(known, seen=now, wish=wish)
            return known.wait

    def note_update(self, seconds: float) -> None:
        """Notes how long an update took, from beginning to end."""
        with self._changing:
            self._took += 0.1 * (seconds - self._took)

    def count(self) -> int:
        """How many sessions are looking."""
        with self._changing:
            self._count(self._clock())
            return len(self._sessions)

    def _count(self, now: float) -> None:
        """Forgets who has gone, and stretches the waits so that the others ask for no more than is allowed."""
        present = {name: one for name, one in self._sessions.items() if now - one.seen < 2 + 3 * one.wait}
        self._sessions = present
        self._allow(now)
        wishes = sum(1 / one.wish for one in present.values())
        while wishes > self._allowed * self._factor:
            self._factor *= 2
        while self._factor > 1 and wishes < CALM * self._allowed * self._factor:
            self._factor //= 2

    def _allow(self, now: float) -> None:
        """Allows fewer updates while they are slow, and more when they are quick."""
        if now < self._next_change or QUICK_SECONDS <= self._took <= SLOW_SECONDS:
            return
        self._next_change = now + PATIENCE_SECONDS
        wanted = self._allowed / 2 if self._took > SLOW_SECONDS else self._allowed * 2
        self._allowed = min(MOST_UPDATES, max(FEWEST_UPDATES, wanted))


PRESENCE = Presence()


def choose_wait(wish: float) -> float:
    """The seconds after which this session shall look again when it would like to do so after `wish`."""
    return PRESENCE.widen(st.session_state.setdefault("session", make_name()), wish)


def note_update(began: float) -> None:
    """Notes that an update that began then is done."""
    PRESENCE.note_update(time.monotonic() - began)
