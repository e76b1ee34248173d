"""What a trick costs: parameters, arithmetic and seconds of a training, as factors of what it is compared with."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.recipe import Recipe
from tricks.recipe.work import TYPICAL, count_epoch_products
from tricks.store.results import RecipeResults, Results

COSTS = ("parameters", "arithmetic", "seconds")
ESTIMATED = "≈"
NEAR_SECONDS = 6 * 3600  # Between the ends of two trainings that are compared.
UNDISTURBED = 1.2  # Times the recipe's quickest training: a longer one was paused, or had other work beside it.
FEWEST_TIMED = 2  # Of each side: a single training, or the quickest of a busy day, may have been disturbed itself.
Timed = tuple[float, float]  # When a training ended, as a timestamp, and its seconds.


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Each as a factor; whether `seconds` are measured, or estimated from the work of a training."""

    parameters: float
    arithmetic: float
    seconds: float
    is_measured: bool


def compare_costs(recipe: Recipe, reference: Recipe, results: Results) -> Costs:
    """What the recipe costs against the reference."""
    sides = (recipe, reference)
    parameters = [count_parameters(describe_network(each)) for each in sides]
    products = [each.epochs * count_epoch_products(each) for each in sides]
    measured = compare_seconds(results.get(recipe.key), results.get(reference.key))
    return Costs(
        parameters=parameters[0] / parameters[1],
        arithmetic=products[0] / products[1],
        seconds=estimate_seconds_factor(recipe, reference) if measured is None else measured,
        is_measured=measured is not None,
    )


def estimate_seconds_factor(recipe: Recipe, reference: Recipe) -> float:
    """How many times as long the recipe probably takes, by its work."""
    seconds = [each.epochs * TYPICAL.expect(each) for each in (recipe, reference)]
    return seconds[0] / seconds[1]


def compare_seconds(own: RecipeResults | None, other: RecipeResults | None) -> float | None:
    """The quickest training against the other's quickest near it, on the same machine with as many threads.

    None where no two were near: what else a machine does, and its code, change from day to day. Of several machines it
    is that on which the two have most runs.
    """
    timed = [list_timed(each) for each in (own, other)]
    near = {machine: pair_near(timed[0][machine], timed[1][machine]) for machine in timed[0].keys() & timed[1].keys()}
    near = {machine: pairs for machine, pairs in near.items() if pairs}
    if not near:
        return None
    machine = max(near, key=lambda one: (min(len(each[one]) for each in timed), one))
    quickest, partner = min(near[machine])
    return quickest / partner


def pair_near(own: Sequence[Timed], other: Sequence[Timed]) -> list[tuple[float, float]]:
    """The seconds of all pairs of undisturbed trainings, one of each side, that ended near each other.

    None where there are too few of a side.
    """
    sides = [[one for one in side if one[1] <= UNDISTURBED * min(side, key=itemgetter(1))[1]] for side in (own, other)]
    left, right = (
        [one for one in side if any(abs(one[0] - end) <= NEAR_SECONDS for end, _ in others)]
        for side, others in (sides, sides[::-1])
    )
    if min(len(left), len(right)) < FEWEST_TIMED:
        return []
    pairs = itertools.product(left, right)
    return [
        (seconds, partner) for (end, seconds), (other_end, partner) in pairs if abs(end - other_end) <= NEAR_SECONDS
    ]


def list_timed(known: RecipeResults | None) -> dict[tuple[str, str, int], list[Timed]]:
    """When each training ended, and its seconds, by machine; but of those that diverged and ended early."""
    found: dict[tuple[str, str, int], list[Timed]] = {}
    for one in known.runs.values() if known else ():
        if not one.outcome.diverged and one.outcome.seconds > 0 and one.outcome.finished:
            machine = (one.machine.device, one.machine.name, one.machine.threads)
            end = datetime.fromisoformat(one.outcome.finished).timestamp()
            found.setdefault(machine, []).append((end, one.outcome.seconds))
    return found


def list_factors(costs: Costs) -> dict[str, str]:
    """All of them in words, by their names."""
    return {
        "parameters": format_factor(costs.parameters),
        "arithmetic": format_factor(costs.arithmetic),
        "seconds": f"{'' if costs.is_measured else ESTIMATED}{format_factor(costs.seconds)}",
    }


def format_factor(factor: float) -> str:
    """A factor in words, in two digits."""
    return f"×{factor:.0f}" if factor >= 9.95 else f"×{factor:.1f}"
