"""Which runs take much longer than was expected: they make room for others, so that no estimate can be cheated."""

import time
from dataclasses import dataclass

from tricks.recipe.measurements import Checkpoint, Heartbeat, Measurement, Preparing
from tricks.recipe.run import Run

LATE = 3  # Times the expected seconds: at its next checkpoint, which loses nothing.
FAR_TOO_LATE = 9  # At once: it may have no checkpoint for hours.
FEWEST_SECONDS = 60.0  # Of less nobody needs to make room.


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A run that is trained: the seconds that it was to take, and since when it is at work."""

    expected: float
    since: float


class Lateness:
    """The runs that are trained, each with what was expected of it; nothing is expected where that is 0."""

    def __init__(self):
        self._runs: dict[Run, Trained] = {}

    def begin(self, run: Run, expected: float) -> None:
        """The run's turn begins."""
        self._runs[run] = Trained(expected=expected, since=time.monotonic())

    def end(self, run: Run) -> None:
        """The run's turn is over."""
        self._runs.pop(run, None)

    def is_late(self, run: Run, measurement: Measurement, at_once: int = 1) -> bool:
        """Whether the run has to make room now, where so many take turns on its device."""
        trained = self._runs[run]
        waits = isinstance(measurement, Preparing) or isinstance(measurement, Heartbeat) and measurement.text
        if waits:  # For the device or the data, which is not its fault.
            self.begin(run, trained.expected)
        if waits or not trained.expected:
            return False
        late = (time.monotonic() - trained.since) / (max(FEWEST_SECONDS, trained.expected) * max(1, at_once))
        return late > FAR_TOO_LATE or late > LATE and isinstance(measurement, Checkpoint)
