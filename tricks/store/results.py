"""The finished runs of the cache, gathered by recipe: what every table and comparison starts from."""

import itertools
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import ALPHA, Comparison, Interval, compare, estimate
from tricks.store.index import Finished


@dataclass(frozen=True, kw_only=True)
class RecipeResults:
    """All finished runs of one recipe, by seed."""

    recipe: Recipe
    runs: dict[int, Finished]

    @property
    def accuracies(self) -> dict[int, float]:
        """Test accuracy by seed; diverged runs count with the accuracy that their weights have."""
        return {seed: one.outcome.test_accuracy for seed, one in self.runs.items()}

    @property
    def diverged(self) -> list[int]:
        """The seeds that diverged."""
        return [seed for seed, one in self.runs.items() if one.outcome.diverged]

    @property
    def accuracy(self) -> Interval:
        """Mean test accuracy with its interval."""
        return estimate(list(self.accuracies.values()))

    @property
    def seconds(self) -> float:
        """Median seconds of a run: one that was paused, or trained beside other work, does not count for more."""
        return statistics.median(one.outcome.seconds for one in self.runs.values())

    @property
    def parameters(self) -> int:
        """The network's parameters."""
        return count_parameters(describe_network(self.recipe))


def gather(finished: Iterable[Finished]) -> dict[str, RecipeResults]:
    """Results by recipe key, seeds in order."""
    by_key: dict[str, dict[int, Finished]] = {}
    for one in sorted(finished, key=lambda one: (one.run.recipe.key, one.run.seed)):
        by_key.setdefault(one.run.recipe.key, {})[one.run.seed] = one
    return {key: RecipeResults(recipe=next(iter(runs.values())).run.recipe, runs=runs) for key, runs in by_key.items()}


def find_recipe(name: str, results: dict[str, RecipeResults]) -> Recipe:
    """The recipe of a preset's name or of a key in the cache (ValueError, one sentence)."""
    if name in PRESETS:
        return Recipe(**PRESETS[name].values)
    if name in results:
        return results[name].recipe
    raise ValueError(f"{name!r} is neither a preset ({', '.join(PRESETS)}) nor a key in the cache")


def compare_results(
    results: dict[str, RecipeResults], recipe: Recipe, reference: Recipe, alpha: float = ALPHA
) -> Comparison:
    """The recipe against the reference, as far as the cache knows them."""
    if recipe.dataset != reference.dataset:
        raise ValueError(f"{recipe.label} and {reference.label} are of different datasets")
    one, other = results.get(recipe.key), results.get(reference.key)
    return compare(one.accuracies if one else {}, other.accuracies if other else {}, alpha)


def next_seed(results: dict[str, RecipeResults], recipe: Recipe) -> int:
    """The lowest seed that is not finished."""
    return next(unfinished_seeds(results, recipe))


def unfinished_seeds(results: dict[str, RecipeResults], recipe: Recipe) -> Iterator[int]:
    """The seeds that are not finished, from the lowest, without end."""
    known = set(results[recipe.key].runs) if recipe.key in results else set()
    return (seed for seed in itertools.count() if seed not in known)
