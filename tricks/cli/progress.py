"""How far runs are, in words and on a terminal."""

import shutil
import sys
import time
from collections.abc import Iterable, Sequence

from tricks.recipe.measurements import Epoch, Heartbeat, Losses, Measurement, Preparing, Result
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration

CLEAR = "\r\x1b[K"


def show_progress(runs: Sequence[Run], updates: Iterable[tuple[Run, Measurement]]) -> None:
    """Follows the runs on stderr: one moving line on a terminal, which sums up several; else a line for each epoch, and
    for each wait."""
    moving = sys.stderr.isatty()
    alike = len({run.recipe for run in runs}) == 1
    progress = {run: RunProgress(run, "" if alike else f"{run.recipe.label}, ") for run in runs}
    try:
        for run, measurement in updates:
            one = progress[run]
            one.note(measurement)
            if moving:
                line = one.line if len(runs) == 1 else sum_up(list(progress.values()), one)
                print(f"{CLEAR}{fit(line)}", end="", file=sys.stderr, flush=True)
            elif one.news:
                print(one.news, file=sys.stderr, flush=True)
    finally:
        if moving:  # What is said next begins a line.
            print(CLEAR, end="", file=sys.stderr, flush=True)


def fit(line: str) -> str:
    """As much of the line as one line of the terminal shows."""
    width = shutil.get_terminal_size().columns - 1
    return line if len(line) <= width else f"{line[: width - 1]}…"


class RunProgress:
    """How far one run is, in seconds `left`. `line` says it, after `of`, which tells it from others; `news` is what has
    just happened, if it is worth a line of its own."""

    def __init__(self, run: Run, of: str = ""):
        self.run = run
        self.name = f"{of}seed {run.seed}"
        self.line = self.news = ""
        self.done = 0
        self.left: float | None = None
        self.finished = False
        self._accuracy = ""
        self._waiting, self._waits_since = "", 0.0

    def note(self, measurement: Measurement) -> None:
        """Takes the measurement in."""
        name, steps = self.name, self.run.steps
        self._wait(measurement.text if isinstance(measurement, Heartbeat) else "")
        match measurement:
            case Losses(losses=(*_, loss)):
                self.done = measurement.step + len(measurement.losses)
                self.left = measurement.seconds * (steps - self.done) / self.done
                share = f"[{'#' * round(20 * self.done / steps):20}] {self.done / steps:4.0%}"
                self.line = f"{name} {share}, {format_duration(self.left)} left, loss {loss:.3f}{self._accuracy}"
            case Epoch():
                self._accuracy = f", epoch {measurement.epoch}: test accuracy {measurement.test_accuracy:.1%}"
                self.line = self.news = f"{name}{self._accuracy}, {measurement.images_per_second:.0f} images/s"
            case Preparing():
                share = "" if measurement.fraction is None else f" {measurement.fraction:.0%}"
                self.line = f"{name}: {measurement.text}{share}"
            case Result():
                self.done, self.left, self.finished, self.line = steps, 0.0, True, ""

    def _wait(self, reason: str) -> None:
        """Says what holds the run up, if anything does, for how long, and when that is over."""
        waited = format_duration(time.monotonic() - self._waits_since)
        self.news = ""
        if reason != self._waiting:
            over = f"{self.name}: waited {waited}" if self._waiting else ""
            self.line = self.news = f"{self.name}: {reason[0].lower()}{reason[1:]}" if reason else over
            self._waiting, self._waits_since = reason, time.monotonic()
        elif reason:
            self.line = f"{self.name}: {reason[0].lower()}{reason[1:]}, {waited} so far"


def sum_up(progress: Sequence[RunProgress], last: RunProgress) -> str:
    """Several runs in one line; nothing once all are finished."""
    finished = sum(one.finished for one in progress)
    if finished == len(progress):
        return ""
    done = sum(one.done for one in progress)
    if not done:
        return last.line
    share = done / sum(one.run.steps for one in progress)
    active = [one for one in progress if one.left]
    left = ""
    if active:
        seconds_a_step = sum(one.left / (one.run.steps - one.done) for one in active) / len(active)
        missing = sum(one.run.steps - one.done for one in progress)
        left = (
            f", {format_duration(max(seconds_a_step * missing / len(active), *(one.left for one in active), 0))} left"
        )
    whole = f"{finished} of {len(progress)} seeds [{'#' * round(20 * share):20}] {share:4.0%}{left}"
    return f"{whole}; {last.line}" if last.line else whole
