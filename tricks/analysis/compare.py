"""Comparing recipes by what the cache knows of them: the one function behind every verdict, on pages and in commands.

Two recipes are compared by the settled accuracy where their learning rates end alike (the same `schedule`), else after
the last epoch, so that no schedule is punished for its early epochs; who asks for last epochs gets them everywhere.
"""

import statistics
from collections.abc import Sequence
from typing import Any

from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import LAST, SETTLED, Comparison, compare, judge, judge_interaction
from tricks.stats.interval import ALPHA, Interval, Sample, estimate
from tricks.store.results import Results


def comparable_measure(recipes: Sequence[Recipe], wish: str = SETTLED) -> str:
    """The measure by which these recipes can be compared: settled, if that is wished and their schedules are alike."""
    return wish if len({recipe.schedule for recipe in recipes}) == 1 else LAST


def is_compared(recipe: Recipe, reference: Recipe) -> bool:
    """Whether a difference of the two means something: another recipe, on the same images."""
    return recipe != reference and recipe.dataset == reference.dataset


def sample_all(recipes: Sequence[Recipe], results: Results, wish: str = SETTLED) -> tuple[Sample, ...]:
    """The accuracies of the recipes, in the measure by which they can be compared."""
    measure = comparable_measure(recipes, wish)
    return tuple(results.sample(recipe, measure) for recipe in recipes)


def compare_recipes(
    recipe: Recipe, reference: Recipe, results: Results, wish: str = SETTLED, alpha: float = ALPHA
) -> Comparison:
    """The recipe against the reference, over all seeds of both (ValueError for different images)."""
    if recipe.dataset != reference.dataset:
        raise ValueError(f"{recipe.label} and {reference.label} are of different datasets")
    sides = (recipe, reference)
    return compare(sample_all(sides, results, wish), alpha, comparable_measure(sides, wish), judge)


def compare_differences(
    recipes: Sequence[Recipe], results: Results, wish: str = SETTLED, alpha: float = ALPHA
) -> Comparison:
    """How far the first recipe is ahead of the second, against how far the third is ahead of the fourth."""
    samples = sample_all(recipes, results, wish)
    return compare(samples, alpha, comparable_measure(recipes, wish), judge_interaction)


def spread_seeds(samples: Sequence[Sample]) -> tuple[float, ...]:
    """How far each seed of the first sample lies from the mean of the second; none while one of them has no seed."""
    own, other = (sample.values for sample in samples)
    return tuple(value - statistics.fmean(other) for value in own) if other else ()


def measure_accuracy(recipe: Recipe, results: Results, measure: str = LAST) -> Interval | None:
    """The recipe's mean accuracy with its interval; None while no run is finished."""
    return estimate(results.sample(recipe, measure))


def format_accuracy(recipe: Recipe, results: Results, measure: str = LAST) -> str:
    """The recipe's mean accuracy with interval and N; without an interval the plain values; and what diverged."""
    accuracy = measure_accuracy(recipe, results, measure)
    if accuracy is None:
        return "not trained yet"
    known = results[recipe.key]
    diverged = format_diverged(known.diverged)
    note = f"; {diverged}" if diverged else ""
    if accuracy.low is None:
        plain = ", ".join(f"{value:.1%}" for value in known.measured(measure).values())
        return f"{plain} (no interval yet{note})"
    return f"{accuracy.mean:.1%} ({accuracy.low:.1%} to {accuracy.high:.1%}, N = {accuracy.count}{note})"


def format_diverged(seeds: Sequence[int]) -> str:
    """The seeds that diverged, which count all the same; nothing where none did."""
    return f"diverged: seed {', '.join(map(str, seeds))}" if seeds else ""


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """A comparison for programs."""
    return {
        **{name: getattr(comparison, name) for name in ("measure", "difference", "low", "high", "seeds")},
        "pairs": comparison.least_seeds,
        **{name: getattr(comparison, name) for name in ("verdict", "seeds_needed", "alpha")},
    }
