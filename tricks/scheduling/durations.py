"""How long a training takes: from the ones that the cache has, and from the speed that the device has shown."""

import heapq
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from tricks.recipe.measurements import Machine
from tricks.recipe.recipe import Recipe
from tricks.recipe.work import TYPICAL, Speed
from tricks.store.index import Finished

SPEEDUP_EXPONENT = 0.6
MOST_TIMED = 2000  # The runs that finished last tell how fast a machine is today.


@dataclass(frozen=True, kw_only=True)
class DurationEstimate:
    """Seconds an epoch of known recipes, by the key that they have at one epoch, and of any other by its work.

    All were measured on the machine of title `where`, and are those of one thread; a run has `threads` unless somebody
    says otherwise. `speed` is what the device has shown or, as long as it has not, a usual one, and `factor` how many
    times as long trainings really take, None while nothing is known.
    """

    where: str
    threads: int
    epoch_seconds: dict[str, float]
    speed: Speed
    factor: float | None
    _known: dict[Recipe, float] = field(default_factory=dict, compare=False)

    @classmethod
    def measure(cls, finished: Iterable[Finished], machine: Machine | None, speed: Speed | None = None) -> Self:
        """From the runs of this machine where there are some, else from its speed, else from the latest machine's."""
        timed = [one for one in finished if not one.outcome.diverged]
        here = latest_of(one for one in timed if machine and is_same_processor(one.machine, machine))
        latest = max(timed, key=lambda one: one.outcome.finished).machine if timed and not here else None
        if here or (machine and speed):
            where, latest, known = "this machine", machine, here
        else:
            known = latest_of(one for one in timed if is_same_processor(one.machine, latest))
            where = latest.title if latest else ""
        seconds = collect_epoch_seconds(known)
        model = speed if speed and machine is latest else TYPICAL
        factors = [median / model.expect(recipe) for recipe, median in seconds.values()]
        return cls(
            where=where,
            threads=count_threads(latest) if latest else 1,
            epoch_seconds={replace(recipe, epochs=1).key: median for recipe, median in seconds.values()},
            speed=model,
            factor=statistics.median(factors) if factors else 1.0 if model is speed else None,
        )

    def expect(self, recipe: Recipe, threads: int = 0) -> float | None:
        """The seconds of a whole training: from the same recipe at any number of epochs, else from its work."""
        if recipe not in self._known:
            seconds = self.epoch_seconds.get(replace(recipe, epochs=1).key)
            if seconds is None and self.factor is not None:
                seconds = self.factor * self.speed.expect(recipe)
            self._known[recipe] = seconds and recipe.epochs * seconds
        return self._known[recipe] and self._known[recipe] / measure_speedup(threads or self.threads)


def latest_of(finished: Iterable[Finished]) -> list[Finished]:
    """Those that finished last."""
    return heapq.nlargest(MOST_TIMED, finished, key=lambda one: one.outcome.finished)


def collect_epoch_seconds(finished: Iterable[Finished]) -> dict[str, tuple[Recipe, float]]:
    """The median seconds of an epoch on one thread, with the recipe, by its key."""
    by_recipe: dict[str, tuple[Recipe, list[float]]] = {}
    for one in finished:
        recipe = one.run.recipe
        seconds = one.outcome.seconds * measure_speedup(count_threads(one.machine)) / recipe.epochs
        by_recipe.setdefault(recipe.key, (recipe, []))[1].append(seconds)
    return {key: (recipe, statistics.median(seconds)) for key, (recipe, seconds) in by_recipe.items()}


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
