"""Runs of the page take turns, and leave as much time between them to the thread that sends what they made.

That thread sends one message for all those that come in while it does, so where there is always a page to run, nothing
is sent any more: 300 sessions that came within a minute got no answer at all from a server that was always busy.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 1  # More make nothing quicker, since Python runs one at a time.
MOST_REST_SECONDS = 0.1

_turns = threading.BoundedSemaphore(AT_ONCE)
_held = threading.local()


@contextmanager
def take_turn() -> Iterator[None]:
    """Waits until few enough others run; within a turn there is no second wait."""
    if getattr(_held, "turn", False):
        yield
        return
    with _turns:
        _held.turn = True
        began = time.monotonic()
        try:
            yield
        finally:
            _held.turn = False
            time.sleep(min(MOST_REST_SECONDS, time.monotonic() - began))
