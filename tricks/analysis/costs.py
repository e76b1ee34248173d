"""What a trick costs: parameters, arithmetic and seconds of a training, as factors of what it is compared with."""

from dataclasses import dataclass

from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.recipe import Recipe
from tricks.recipe.work import count_epoch_products
from tricks.store.results import RecipeResults, Results

COSTS = ("parameters", "arithmetic", "seconds")


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Each as a factor; `seconds` are measured, None where no machine has trained both."""

    parameters: float
    arithmetic: float
    seconds: float | None


def compare_costs(recipe: Recipe, reference: Recipe, results: Results) -> Costs:
    """What the recipe costs against the reference."""
    sides = (recipe, reference)
    parameters = [count_parameters(describe_network(each)) for each in sides]
    products = [each.epochs * count_epoch_products(each) for each in sides]
    return Costs(
        parameters=parameters[0] / parameters[1],
        arithmetic=products[0] / products[1],
        seconds=compare_seconds(results.get(recipe.key), results.get(reference.key)),
    )


def compare_seconds(own: RecipeResults | None, other: RecipeResults | None) -> float | None:
    """The quickest training against the other's quickest on the same machine with as many threads.

    Of several machines it is that on which the two have most runs. Others, and pauses, only make a training slower.
    """
    seconds = [list_seconds(each) for each in (own, other)]
    shared = seconds[0].keys() & seconds[1].keys()
    if not shared:
        return None
    machine = max(shared, key=lambda one: (min(len(each[one]) for each in seconds), one))
    return min(seconds[0][machine]) / min(seconds[1][machine])


def list_seconds(known: RecipeResults | None) -> dict[tuple[str, str, int], list[float]]:
    """The seconds of the trainings by machine, but of those that diverged and ended early."""
    found: dict[tuple[str, str, int], list[float]] = {}
    for one in known.runs.values() if known else ():
        if not one.outcome.diverged and one.outcome.seconds > 0:
            machine = (one.machine.device, one.machine.name, one.machine.threads)
            found.setdefault(machine, []).append(one.outcome.seconds)
    return found


def format_factor(factor: float | None) -> str:
    """A factor in words, in two digits."""
    return "–" if factor is None else f"×{factor:.0f}" if factor >= 9.95 else f"×{factor:.1f}"
