"""Which runs a question still misses, and how long they would take."""

from collections.abc import Iterable, Mapping

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import DurationEstimate
from tricks.store.results import RecipeResults


def list_missing(recipes: Iterable[Recipe], results: Mapping[str, RecipeResults], seeds: int) -> list[Run]:
    """The runs that are not finished, of the first `seeds` seeds of each recipe, recipe after recipe.

    One comparison is complete before the next begins: a verdict is worth more than many single seeds.
    """
    distinct = {recipe.key: recipe for recipe in recipes}
    return [
        Run(recipe=recipe, seed=seed)
        for key, recipe in distinct.items()
        for seed in range(seeds)
        if key not in results or seed not in results[key].runs
    ]


def estimate_total(runs: Iterable[Run], pace: DurationEstimate, threads: int = 0) -> float | None:
    """Seconds that all the runs take one after the other, each with so many threads; None while nothing was timed."""
    seconds: dict[str, float | None] = {}
    total = 0.0
    for run in runs:
        if run.recipe.key not in seconds:
            seconds[run.recipe.key] = pace.expect(run.recipe, threads)
        if (expected := seconds[run.recipe.key]) is None:
            return None
        total += expected
    return total
