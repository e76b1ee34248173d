"""How far a run is, in words and on a terminal."""

import sys
from collections.abc import Iterable

from tricks.recipe.run import Epoch, Losses, Measurement, Preparing, Result, Run
from tricks.scheduling.durations import format_duration


def show_progress(run: Run, measurements: Iterable[Measurement]) -> None:
    """Follows the run on stderr: one moving line on a terminal, else one line an epoch."""
    moving = sys.stderr.isatty()
    steps = run.steps
    accuracy = ""
    for measurement in measurements:
        match measurement:
            case Losses(losses=(*_, loss)):
                done = measurement.step + len(measurement.losses)
                left = format_duration(measurement.seconds * (steps - done) / done)
                bar = "#" * round(20 * done / steps)
                line = f"seed {run.seed} [{bar:20}] {done / steps:4.0%}, {left} left, loss {loss:.3f}{accuracy}"
            case Epoch():
                accuracy = f", epoch {measurement.epoch}: test accuracy {measurement.test_accuracy:.1%}"
                line = f"seed {run.seed}{accuracy}, {measurement.images_per_second:.0f} images/s"
                if not moving:
                    print(line, file=sys.stderr, flush=True)
            case Preparing():
                share = "" if measurement.fraction is None else f" {measurement.fraction:.0%}"
                line = f"seed {run.seed}: {measurement.text}{share}"
            case Result():
                line = ""
            case _:
                continue
        if moving:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
