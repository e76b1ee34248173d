"""How long a training takes, from the ones that the cache has."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from tricks.recipe.network import count_flops, describe_network
from tricks.recipe.recipe import DATASETS, Recipe
from tricks.recipe.run import Machine
from tricks.store.index import Finished


@dataclass(frozen=True, kw_only=True)
class DurationEstimate:
    """Seconds an epoch of known recipes, by the key that they have at one epoch, and of work in general.

    All were measured on the machine of title `where`; `rate` is in seconds a product, None while nothing is known.
    """

    where: str
    epoch_seconds: dict[str, float]
    rate: float | None

    @classmethod
    def measure(cls, finished: Iterable[Finished], machine: Machine | None) -> Self:
        """From the runs of this machine when there are some, else from those of the machine that trained last."""
        timed = [one for one in finished if not one.outcome.diverged]
        here = [one for one in timed if machine and one.machine.title == machine.title]
        latest = max(timed, key=lambda one: one.outcome.finished).machine.title if timed else ""
        known = here or [one for one in timed if one.machine.title == latest]
        by_recipe: dict[Recipe, list[float]] = {}
        for one in known:
            by_recipe.setdefault(one.run.recipe, []).append(one.outcome.seconds / one.run.recipe.epochs)
        medians = {recipe: statistics.median(seconds) for recipe, seconds in by_recipe.items()}
        rates = [seconds / count_epoch_products(recipe) for recipe, seconds in medians.items()]
        return cls(
            where="this machine" if here else latest,
            epoch_seconds={replace(recipe, epochs=1).key: seconds for recipe, seconds in medians.items()},
            rate=statistics.median(rates) if rates else None,
        )

    def expect(self, recipe: Recipe) -> float | None:
        """The seconds of a whole training: from the same recipe at any number of epochs, else from its products."""
        if seconds := self.epoch_seconds.get(replace(recipe, epochs=1).key):
            return recipe.epochs * seconds
        return self.rate and self.rate * recipe.epochs * count_epoch_products(recipe)


def count_epoch_products(recipe: Recipe) -> float:
    """The products of an epoch, which its time follows roughly."""
    return count_flops(describe_network(recipe)) * DATASETS[recipe.dataset].train_images


def format_duration(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
