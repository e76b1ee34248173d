"""How far runs are, in words and on a terminal."""

import sys
from collections.abc import Iterable, Sequence

from tricks.recipe.run import Epoch, Losses, Measurement, Preparing, Result, Run
from tricks.scheduling.durations import format_duration


def show_progress(runs: Sequence[Run], updates: Iterable[tuple[Run, Measurement]]) -> None:
    """Follows the runs on stderr: one moving line on a terminal, which sums up several, else one line an epoch."""
    moving = sys.stderr.isatty()
    alike = len({run.recipe for run in runs}) == 1
    progress = {run: RunProgress(run, "" if alike else f"{run.recipe.label}, ") for run in runs}
    for run, measurement in updates:
        one = progress[run]
        if not one.note(measurement):
            continue
        if moving:
            line = one.line if len(runs) == 1 else sum_up(list(progress.values()), one)
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        elif isinstance(measurement, Epoch):
            print(one.line, file=sys.stderr, flush=True)


class RunProgress:
    """How far one run is; `line` says it, after `of`, which tells it from others, `left` in seconds."""

    def __init__(self, run: Run, of: str = ""):
        self.run = run
        self.name = f"{of}seed {run.seed}"
        self.line = ""
        self.done = 0
        self.left: float | None = None
        self.finished = False
        self._accuracy = ""

    def note(self, measurement: Measurement) -> bool:
        """Takes the measurement in; tells whether there is something to show."""
        name, steps = self.name, self.run.steps
        match measurement:
            case Losses(losses=(*_, loss)):
                self.done = measurement.step + len(measurement.losses)
                self.left = measurement.seconds * (steps - self.done) / self.done
                share = f"[{'#' * round(20 * self.done / steps):20}] {self.done / steps:4.0%}"
                self.line = f"{name} {share}, {format_duration(self.left)} left, loss {loss:.3f}{self._accuracy}"
            case Epoch():
                self._accuracy = f", epoch {measurement.epoch}: test accuracy {measurement.test_accuracy:.1%}"
                self.line = f"{name}{self._accuracy}, {measurement.images_per_second:.0f} images/s"
            case Preparing():
                share = "" if measurement.fraction is None else f" {measurement.fraction:.0%}"
                self.line = f"{name}: {measurement.text}{share}"
            case Result():
                self.done, self.left, self.finished, self.line = steps, 0.0, True, ""
            case _:
                return False
        return True


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
    return f"{finished} of {len(progress)} seeds [{'#' * round(20 * share):20}] {share:4.0%}{left}; {last.line}"
