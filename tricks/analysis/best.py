"""The best recipe so far, in a fair contest: one budget, three seeds or more, intervals corrected for all."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import LAST
from tricks.stats.interval import Interval, VariancePrior, bonferroni, contrast, half_width, moderate
from tricks.store.results import RecipeResults, Results

FEWEST_SEEDS = 3
LARGEST = (150_000, 250_000, None)  # Parameters, of each class; None: as many as one likes.
EPOCHS = Recipe().epochs  # The blog's budget: so many epochs of all training images.


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best recipe of a class; `competing` is how many the interval allows for, of all classes together."""

    most_parameters: int | None
    recipe: Recipe
    parameters: int
    accuracy: Interval
    competing: int


def find_best(results: Results, dataset: str) -> list[Best]:
    """The best of each class in which anybody competes, by the lower end of the accuracy after the last epoch."""
    return results.once(("best", dataset), lambda: _find_best(results, dataset))


def _find_best(results: Results, dataset: str) -> list[Best]:
    competing = [one for one in results.values() if competes(one, dataset)]
    if not competing:
        return []
    intervals = estimate_all(competing, results)
    parameters = [count_parameters(describe_network(one.recipe)) for one in competing]
    found = []
    for most in LARGEST:
        places = [
            place
            for place, interval in enumerate(intervals)
            if interval.low is not None and (most is None or parameters[place] <= most)
        ]
        if places:
            place = max(places, key=lambda place: intervals[place].low)
            found.append(
                Best(
                    most_parameters=most,
                    recipe=competing[place].recipe,
                    parameters=parameters[place],
                    accuracy=intervals[place],
                    competing=len(competing),
                )
            )
    return found


def competes(one: RecipeResults, dataset: str) -> bool:
    """Whether the recipe keeps to the budget, under no condition, and has seeds enough."""
    recipe = one.recipe
    within = recipe.dataset == dataset and recipe.epochs == EPOCHS and len(one.runs) >= FEWEST_SEEDS
    return within and (recipe.train_share, recipe.label_noise) == (1.0, 0.0)


def estimate_all(competing: Sequence[RecipeResults], results: Results) -> list[Interval]:
    """The mean accuracy of each with its interval, corrected for their number, all in one go."""
    values = [np.fromiter(one.accuracies.values(), dtype=float) for one in competing]
    priors = [results.prior(one.recipe, LAST) for one in competing]
    prior = VariancePrior(
        degrees=np.array([each.degrees for each in priors]),
        variance=np.array([each.variance for each in priors]),
        floor=priors[0].floor,
    )
    counts, means = np.array([len(each) for each in values]), np.array([each.mean() for each in values])
    variances = np.array([each.var(ddof=1) for each in values])
    widths = half_width(contrast([moderate(counts, means, variances, prior)]), bonferroni(len(competing)))
    return [
        Interval(count=int(count), mean=float(mean), low=None, high=None)
        if np.isinf(width)
        else Interval(
            count=int(count), mean=float(mean), low=max(0.0, float(mean - width)), high=min(1.0, float(mean + width))
        )
        for count, mean, width in zip(counts, means, widths, strict=True)
    ]


def name_classes(found: Sequence[Best]) -> dict[str, Best]:
    """The best ones by the classes that they are the best of: who wins in several stands once."""
    groups = [list(group) for _, group in itertools.groupby(found, key=lambda best: best.recipe)]
    return {join_classes(group): group[0] for group in groups}


def join_classes(group: Sequence[Best]) -> str:
    """The first class and the last, which has those between."""
    first, last = format_class(group[0]), format_class(group[-1])
    return first if first == last else f"{first}, and {last.removesuffix(' of parameters')}"


def describe_best(best: Best) -> dict[str, Any]:
    """The best of a class for programs."""
    accuracy = best.accuracy
    numbers = {"mean": accuracy.mean, "low": accuracy.low, "high": accuracy.high, "seeds": accuracy.count}
    return {
        "most_parameters": best.most_parameters,
        "key": best.recipe.key,
        "label": best.recipe.label,
        "parameters": best.parameters,
        **numbers,
        "competing": best.competing,
    }


def format_best(best: Best) -> str:
    """The best of a class in a line, after what class it is."""
    accuracy = best.accuracy
    return (
        f"{best.recipe.label}, {accuracy.mean:.1%} ({accuracy.low:.1%} to {accuracy.high:.1%},"
        f" {accuracy.count} seeds), {best.parameters:,} parameters"
    )


def format_class(best: Best) -> str:
    """Which recipes a class is open to."""
    if best.most_parameters is None:
        return "any number of parameters"
    return f"up to {best.most_parameters:,} parameters"
