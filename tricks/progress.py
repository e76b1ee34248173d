"""How far a run is, in words and on a terminal."""

import statistics
import sys
from collections.abc import Iterable

from tricks.index import Finished
from tricks.network import count_flops, describe_network
from tricks.recipe import DATASETS, Recipe
from tricks.run import Epoch, Losses, Machine, Measurement, Preparing, Result, Run


def say_duration(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def estimate_seconds(finished: Iterable[Finished], recipe: Recipe, machine: Machine | None) -> tuple[float | None, str]:
    """How long a training of the recipe takes, and on what: from the runs of the machine in hand, else of another.

    From runs of the same recipe when there are some, else from the seconds that the work of others took.
    """
    timed = [one for one in finished if not one.outcome.diverged]
    if not timed:
        return None, ""
    here = [one for one in timed if machine and one.machine.title == machine.title]
    latest = max(timed, key=lambda one: one.outcome.finished).machine.title
    known = here or [one for one in timed if one.machine.title == latest]
    where = "this machine" if here else latest
    same = [one.outcome.seconds for one in known if one.run.recipe == recipe]
    if same:
        return statistics.median(same), where
    rates = [one.outcome.seconds / estimate_work(one.run.recipe) for one in known]
    return statistics.median(rates) * estimate_work(recipe), where


def estimate_work(recipe: Recipe) -> float:
    """The products of a whole training, which its time follows roughly."""
    return count_flops(describe_network(recipe)) * DATASETS[recipe.dataset].train_images * recipe.epochs


def show_progress(run: Run, measurements: Iterable[Measurement]) -> None:
    """Follows the run on stderr: one moving line on a terminal, else one line an epoch."""
    moving = sys.stderr.isatty()
    steps = run.steps
    accuracy = ""
    for measurement in measurements:
        match measurement:
            case Losses(losses=(*_, loss)):
                done = measurement.step + len(measurement.losses)
                left = say_duration(measurement.seconds * (steps - done) / done)
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
