"""Compared recipes that charts are drawn of."""

from tests.fakes import BASELINE, FLIP, finish
from tricks.charts.compare import ComparedRecipe, compare_all
from tricks.recipe.recipe import Recipe
from tricks.store.results import gather

TOY, RESIDUAL = Recipe(dataset="toy"), Recipe(block="residual", batch_norm="before")
RUNS = [
    *(finish(BASELINE, seed, 0.70 + seed / 100, seconds=100) for seed in range(5)),
    *(finish(FLIP, seed, 0.72 + seed / 90, seconds=200) for seed in range(5)),
    *(finish(RESIDUAL, seed, 0.80, seconds=300, diverged=seed == 1) for seed in range(2)),
    finish(TOY, 0, 0.6),
]
RECIPES = [BASELINE, FLIP, RESIDUAL, TOY]


def enter(recipes=RECIPES, reference=BASELINE, runs=RUNS) -> dict[str, ComparedRecipe]:
    """The recipes' entries against the reference, by label."""
    entries = compare_all(gather(runs), recipes, reference, comparisons=2)
    return {entry.recipe.label: entry for entry in entries.values()}
