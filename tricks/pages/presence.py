"""How often each page may look: less often the more are looking, so that the updates of all stay bounded."""

import threading
import time
from collections.abc import Callable

import streamlit as st

from tricks.pages.visitor import make_name

UPDATES_PER_SECOND = 75  # Half a processor core, about: the other half of it is for clicks, the rest for training.
CALMER = 0.4  # Of what is allowed: the wait is halved only when that leaves some room, or it would swing.
FORGET_WAITS = 3


class Presence:
    """The sessions that look at the page, each with the seconds between two looks that it would like to have."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._changing = threading.Lock()
        self._seen: dict[str, tuple[float, float]] = {}
        self._forgotten = clock()
        self._factor = 1

    def widen(self, session: str, wish: float) -> float:
        """Notes that the session looks; returns the seconds that it shall wait in place of its wish."""
        with self._changing:
            now = self._clock()
            self._seen[session] = (now, wish)
            if now - self._forgotten > 1:
                self._forget(now)
            wanted = sum(1 / wish for _, wish in self._seen.values())
            while wanted > self._factor * UPDATES_PER_SECOND:
                self._factor *= 2
            while self._factor > 1 and wanted < CALMER * self._factor * UPDATES_PER_SECOND:
                self._factor //= 2
            return self._factor * wish

    def _forget(self, now: float) -> None:
        self._forgotten = now
        self._seen = {
            session: (seen, wish)
            for session, (seen, wish) in self._seen.items()
            if now - seen < 1 + FORGET_WAITS * self._factor * wish
        }


PRESENCE = Presence()


def pace(wish: float) -> float:
    """The seconds after which this session shall look again, when it would like to do so after `wish`."""
    return PRESENCE.widen(st.session_state.setdefault("session", make_name()), wish)
