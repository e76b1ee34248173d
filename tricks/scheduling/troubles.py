"""What went wrong on this host: told to its page, and no reason for a thread to end."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tricks.engines.engine import EngineError
from tricks.recipe.run import Run
from tricks.scheduling.execution import hide_folders
from tricks.scheduling.journal import write_fault, write_to_stderr
from tricks.store.writer import StoreError

MOST_TROUBLES = 20


@dataclass(frozen=True, kw_only=True)
class HostError:
    """Something that went wrong at a time, in seconds since 1970: with a run, or (None) with the host itself."""

    at: float
    run: Run | None
    reason: str


class Troubles:
    """The last errors, oldest first; threads may add to them while others read."""

    def __init__(self):
        self._errors: deque[HostError] = deque(maxlen=MOST_TROUBLES)

    def list(self) -> tuple[HostError, ...]:
        """The errors."""
        return tuple(self._errors)

    def note(self, reason: str, run: Run | None = None) -> None:
        """Remembers what went wrong just now."""
        self._errors.append(HostError(at=time.time(), run=run, reason=reason))

    @contextmanager
    def survive(self, rest: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Keeps a thread alive, whatever is at fault: it is told of, and after a `rest` the thread goes on.

        The operator reads what is the host's in one sentence, and where it happened of a fault of ours alone.
        """
        try:
            yield
        except (StoreError, EngineError) as error:
            write_to_stderr(str(error))
            self.note(hide_folders(str(error)))
            rest()
        except Exception as error:
            write_fault()
            self.note(f"an unexpected fault ({type(error).__name__})")
            rest()
