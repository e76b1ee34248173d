"""Which runs a question still misses, and how long they would take."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from tricks.progress import estimate_seconds
from tricks.recipe import Recipe
from tricks.results import RecipeResults
from tricks.run import Machine, Run

Results = Mapping[str, RecipeResults]

MOST_OTHERS = 20


def list_missing(recipes: Iterable[Recipe], results: Results, seeds: int) -> list[Run]:
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


def estimate_total(runs: Sequence[Run], results: Results, machine: Machine | None) -> float | None:
    """Seconds that all the runs take one after the other; None while nothing like them was ever timed."""
    recipes = {run.recipe.key: run.recipe for run in runs}
    others = [*_pick_timed(results, [Recipe(dataset=each.dataset).key for each in recipes.values()])]
    others += _pick_timed(results, islice(results, MOST_OTHERS))
    seconds = {}
    for key, recipe in recipes.items():
        own = list(results[key].runs.values()) if key in results else []
        seconds[key] = estimate_seconds(own or others, recipe, machine)[0]
    if None in seconds.values():
        return None
    return sum(seconds[run.recipe.key] for run in runs)


def _pick_timed(results: Results, keys: Iterable[str]) -> list:
    """One run of each recipe: a cache of ten thousand is not read through for an estimate."""
    return [next(iter(results[key].runs.values())) for key in dict.fromkeys(keys) if key in results]
