"""The finished runs of the cache, gathered by recipe: what every table and comparison starts from."""

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import Value
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe, fill_in, parse_values
from tricks.stats.comparison import LAST
from tricks.stats.interval import Sample, VariancePrior, pool_prior
from tricks.store.index import Finished

T = TypeVar("T")
MISSING = object()
MOST_ANSWERS = 300  # Kept of one cache; beyond, visitors ask for so many different things that none comes twice.


@dataclass(frozen=True, kw_only=True)
class RecipeResults:
    """All finished runs of one recipe, by seed."""

    recipe: Recipe
    runs: dict[int, Finished]

    @property
    def accuracies(self) -> dict[int, float]:
        """Test accuracy by seed, after the last epoch; diverged runs count with what their weights have."""
        return {seed: one.outcome.test_accuracy for seed, one in self.runs.items()}

    @property
    def settled_accuracies(self) -> dict[int, float]:
        """Settled test accuracy by seed: the mean of the last three epochs."""
        return {seed: one.settled_accuracy for seed, one in self.runs.items()}

    def measured(self, measure: str) -> dict[int, float]:
        """Accuracy by seed, settled or after the last epoch."""
        return self.accuracies if measure == LAST else self.settled_accuracies

    @property
    def diverged(self) -> list[int]:
        """The seeds that diverged."""
        return [seed for seed, one in self.runs.items() if one.outcome.diverged]

    @property
    def origins(self) -> Counter[str]:
        """How many runs come from each other host."""
        return Counter(one.origin for one in self.runs.values() if one.origin)

    @property
    def seconds(self) -> float:
        """Median seconds of a run: one that was paused, or trained beside other work, does not count for more."""
        return statistics.median(one.outcome.seconds for one in self.runs.values())

    @property
    def parameters(self) -> int:
        """The network's parameters."""
        return count_parameters(describe_network(self.recipe))


class Results(dict[str, RecipeResults]):
    """All recipes of a cache by their keys; what is asked of them again and again is found once."""

    def __init__(self, by_key: Iterable[tuple[str, RecipeResults]]):
        super().__init__(by_key)
        self._found: dict[Hashable, Any] = {}

    def once(self, question: Hashable, find: Callable[[], T]) -> T:
        """The answer to a question about these results, found when it is first asked; the visitors share it."""
        found = self._found.get(question, MISSING)  # Another thread may clear them at any moment.
        if found is MISSING:
            found = find()
            if len(self._found) >= MOST_ANSWERS:
                self._found.clear()
            self._found[question] = found
        return found

    def sample(self, recipe: Recipe, measure: str) -> Sample:
        """The recipe's accuracies, with the prior of its dataset and schedule; of an unknown recipe none."""
        values = tuple(self[recipe.key].measured(measure).values()) if recipe.key in self else ()
        return Sample(values=values, prior=self.prior(recipe, measure))

    def prior(self, recipe: Recipe, measure: str) -> VariancePrior:
        """How much recipes of this dataset and schedule scatter in this measure."""
        floor = (1 / DATASETS[recipe.dataset].test_images) ** 2 / 12
        pool = ("prior", recipe.dataset, recipe.schedule, measure)
        return self.once(pool, lambda: pool_prior(self._pool(recipe, measure), floor))

    def _pool(self, recipe: Recipe, measure: str) -> list[list[float]]:
        return [
            list(one.measured(measure).values())
            for one in self.values()
            if (one.recipe.dataset, one.recipe.schedule) == (recipe.dataset, recipe.schedule)
        ]


def gather(finished: Iterable[Finished]) -> Results:
    """Results by recipe key, seeds in order."""
    by_key: dict[str, dict[int, Finished]] = {}
    for one in sorted(finished, key=lambda one: (one.run.recipe.key, one.run.seed)):
        by_key.setdefault(one.run.recipe.key, {})[one.run.seed] = one
    return Results(
        (key, RecipeResults(recipe=next(iter(runs.values())).run.recipe, runs=runs)) for key, runs in by_key.items()
    )


def format_origins(origins: Mapping[str, int]) -> str:
    """How many runs come from which other hosts."""
    return ", ".join(f"{count} of {host}" for host, count in origins.items())


def find_recipe(name: str, results: Results, dataset: str = "cifar10") -> Recipe:
    """The recipe of a preset's name, or of FIELD=VALUE,…, on these images, or of a key in the cache.

    ValueError, one sentence, for anything else.
    """
    if name in PRESETS:
        return Recipe(dataset=dataset, **PRESETS[name].values)
    if name in results:
        return results[name].recipe
    texts = dict(part.split("=", 1) for part in name.split(",") if "=" in part)
    if len(texts) == len(name.split(",")):
        return build_recipe(parse_values(texts), dataset)
    raise ValueError(f"{name!r} is neither a preset ({', '.join(PRESETS)}), nor FIELD=VALUE,…, nor a key in the cache")


def build_recipe(values: Mapping[str, Value], dataset: str) -> Recipe:
    """The recipe of exactly these values: one that has no effect beside the others is refused (ValueError)."""
    recipe = Recipe(dataset=dataset, **fill_in(values))
    for name in recipe.idle:
        if name in values and values[name] != TRICKS[name].default:
            raise ValueError(f"{name} is {TRICKS[name].idle_words}: set that too")
    return recipe


def next_seed(results: Results, recipe: Recipe) -> int:
    """The lowest seed that is not finished."""
    return next(unfinished_seeds(results, recipe))


def unfinished_seeds(results: Results, recipe: Recipe) -> Iterator[int]:
    """The seeds that are not finished, from the lowest, without end."""
    known = set(results[recipe.key].runs) if recipe.key in results else set()
    return (seed for seed in itertools.count() if seed not in known)
