"""How long a training takes, from the ones that the cache has."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Machine
from tricks.recipe.work import count_epoch_products
from tricks.store.index import Finished

SPEEDUP_EXPONENT = 0.6


@dataclass(frozen=True, kw_only=True)
class DurationEstimate:
    """Seconds an epoch of known recipes, by the key that they have at one epoch, and of work in general.

    All were measured on the machine of title `where`, and are those of one thread; a run has `threads` unless somebody
    says otherwise. `rate` is in seconds a product, None while nothing is known.
    """

    where: str
    threads: int
    epoch_seconds: dict[str, float]
    rate: float | None

    @classmethod
    def measure(cls, finished: Iterable[Finished], machine: Machine | None) -> Self:
        """From the runs of this machine when there are some, else from those of the machine that trained last."""
        timed = [one for one in finished if not one.outcome.diverged]
        here = [one for one in timed if machine and is_same_processor(one.machine, machine)]
        latest = max(timed, key=lambda one: one.outcome.finished).machine if timed else None
        known = here or [one for one in timed if is_same_processor(one.machine, latest)]
        by_recipe: dict[Recipe, list[float]] = {}
        for one in known:
            seconds = one.outcome.seconds * measure_speedup(count_threads(one.machine)) / one.run.recipe.epochs
            by_recipe.setdefault(one.run.recipe, []).append(seconds)
        medians = {recipe: statistics.median(seconds) for recipe, seconds in by_recipe.items()}
        rates = [seconds / count_epoch_products(recipe) for recipe, seconds in medians.items()]
        return cls(
            where="this machine" if here else latest.title if latest else "",
            threads=count_threads(machine if here else latest) if known else 1,
            epoch_seconds={replace(recipe, epochs=1).key: seconds for recipe, seconds in medians.items()},
            rate=statistics.median(rates) if rates else None,
        )

    def expect(self, recipe: Recipe, threads: int = 0) -> float | None:
        """The seconds of a whole training: from the same recipe at any number of epochs, else from its products."""
        speedup = measure_speedup(threads or self.threads)
        if seconds := self.epoch_seconds.get(replace(recipe, epochs=1).key):
            return recipe.epochs * seconds / speedup
        return self.rate and self.rate * recipe.epochs * count_epoch_products(recipe) / speedup


def is_same_processor(one: Machine, other: Machine) -> bool:
    """Whether two machines differ at most in how many threads a run had."""
    return (one.device, one.name) == (other.device, other.name)


def count_threads(machine: Machine) -> int:
    """The threads that a run's time depends on: on a GPU it does not."""
    return machine.threads if machine.device == "cpu" else 1


def measure_speedup(threads: int) -> float:
    """How many times as fast as with one thread a run is, roughly: two bring 1.5 times, and each further one less."""
    return threads**SPEEDUP_EXPONENT


def format_duration(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
