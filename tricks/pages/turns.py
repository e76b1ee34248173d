"""Runs of the page take turns: hundreds at once would take the processor from the thread that sends what they made.

Without this, 300 sessions that come within a minute get no answer at all, although the server is busy all the time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 3  # More make nothing quicker, since Python runs one at a time.

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
        try:
            yield
        finally:
            _held.turn = False
