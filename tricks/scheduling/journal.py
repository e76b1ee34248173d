"""What happened on a host, for its operator: counted, and as lines of JSON where they are wanted. Cookies never are."""

import json
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from tricks.recipe.run import Run
from tricks.scheduling.bans import mask_visitor
from tricks.scheduling.limits import LimitExceeded

EVENTS = ("asked", "refused", "began", "done", "withdrawn", "died", "died_in_company", "held_up", "failed", "elsewhere")


def write_to_stderr(text: str) -> None:
    """Adds to what the server says; where that cannot be, as on a full disk, nobody's training ends for it."""
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def write_fault() -> None:
    """Adds the fault that was just caught to what the server says, with where it happened."""
    write_to_stderr(traceback.format_exc().rstrip())


class Journal:
    """`counts` has how often each event happened since the server's start, `seconds` how long runs were in training."""

    def __init__(self, write: Callable[[str], None] = lambda line: None):
        self.counts = Counter(dict.fromkeys(EVENTS, 0))
        self.seconds = 0.0
        self._write = write
        self._began: dict[Run, float] = {}
        self._changing = threading.Lock()

    def note(self, event: str, run: Run, **facts: str | float) -> None:
        """Counts the event, and writes it down; facts that are empty are left out."""
        with self._changing:
            self.counts[event] += 1
            if event == "began":
                self._began[run] = time.monotonic()
            elif run in self._began and event not in ("asked", "refused"):
                facts["seconds"] = round(time.monotonic() - self._began.pop(run), 3)
                self.seconds += facts["seconds"]
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, "run": run.name}
        self._write(json.dumps(line | {name: fact for name, fact in facts.items() if fact != ""}))

    @contextmanager
    def note_asking(self, run: Run, visitor: str) -> Iterator[None]:
        """Notes whether what is asked within it is granted."""
        masked = mask_visitor(visitor)
        try:
            yield
        except LimitExceeded as refusal:
            self.note("refused", run, visitor=masked, reason=str(refusal))
            raise
        self.note("asked", run, visitor=masked)
