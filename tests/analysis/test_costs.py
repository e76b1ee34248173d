"""What a trick costs, as factors."""

from dataclasses import replace

import pytest

from tests.fakes import finish
from tricks.analysis.costs import compare_costs, compare_seconds, format_factor, list_factors
from tricks.recipe.recipe import Recipe
from tricks.store.results import gather

BASELINE, RESIDUAL = Recipe(), Recipe(block="residual")
SECONDS = {RESIDUAL: 300, BASELINE: 100}


def measure_seconds(own: list, other: list) -> float | None:
    """How many times as long the first takes, by finished runs of both."""
    results = gather([*own, *other])
    return compare_seconds(results.get(RESIDUAL.key), results.get(BASELINE.key))


def test_parameters_and_arithmetic_are_counted():
    """Residual blocks have more parameters, twice the epochs twice the arithmetic, and neither needs a run."""
    costs = compare_costs(RESIDUAL, BASELINE, gather([]))

    assert (1.73, 3.75) == (round(costs.parameters, 2), round(costs.arithmetic, 2))
    assert 2.0 == compare_costs(Recipe(epochs=20), BASELINE, gather([])).arithmetic
    assert 2.0 == compare_costs(Recipe(sharpness=0.05), BASELINE, gather([])).arithmetic


def test_seconds_that_nobody_measured_are_estimated():
    """Without trainings of both sides near each other, the seconds follow from the work, and that is said."""
    costs = compare_costs(Recipe(epochs=20), BASELINE, gather([finish(BASELINE, 0)]))

    assert (2.0, False) == (costs.seconds, costs.is_measured)
    assert {"parameters": "×1.0", "arithmetic": "×2.0", "seconds": "≈×2.0"} == list_factors(costs)


def test_measured_seconds_are_said_plainly():
    """With trainings of both sides they are theirs."""
    runs = [finish(recipe, seed, seconds=seconds) for recipe, seconds in SECONDS.items() for seed in range(2)]

    costs = compare_costs(RESIDUAL, BASELINE, gather(runs))

    assert (3.0, True, "×3.0") == (costs.seconds, costs.is_measured, list_factors(costs)["seconds"])


def test_a_single_training_measures_nothing():
    """One training of a side may have been disturbed itself, and so may all that were near: two at least are needed."""
    own, other = ([finish(recipe, seed, seconds=300) for seed in range(2)] for recipe in (RESIDUAL, BASELINE))

    assert 1.0 == measure_seconds(own, other)
    assert measure_seconds(own[:1], other) is None
    assert measure_seconds(own, other[:1]) is None


def test_only_trainings_near_each_other_are_compared():
    """What a machine did on another day is no measure: it had other work beside it, or other code."""
    own = [finish(RESIDUAL, seed, seconds=300, finished="2026-11-28T06:00:00+00:00") for seed in range(2)]
    later = [finish(BASELINE, seed, seconds=90, finished="2026-11-28T12:00:01+00:00") for seed in range(2)]
    near = [finish(BASELINE, seed, seconds=100, finished="2026-11-28T12:00:00+00:00") for seed in range(2, 4)]

    assert measure_seconds(own, later) is None
    assert 3.0 == measure_seconds(own, [*later, *near])


def test_a_disturbed_training_is_compared_with_nothing():
    """Where only a training that took far longer than the recipe's quickest was near, nothing is measured."""
    own = [
        *(finish(RESIDUAL, seed, seconds=800, finished="2026-11-28T06:00:00+00:00") for seed in range(2)),
        *(finish(RESIDUAL, seed, seconds=300, finished="2026-11-27T06:00:00+00:00") for seed in range(2, 4)),
    ]
    near = [finish(BASELINE, seed, seconds=100, finished="2026-11-28T06:00:00+00:00") for seed in range(2)]

    assert measure_seconds(own, near) is None


def test_the_quickest_trainings_are_compared():
    """A training that was paused or disturbed makes no trick slow."""
    own = [finish(RESIDUAL, seed, seconds=seconds) for seed, seconds in enumerate([300, 3000, 310])]
    other = [finish(BASELINE, seed, seconds=seconds) for seed, seconds in enumerate([900, 100, 105])]

    assert 3.0 == measure_seconds(own, other)


def test_only_the_same_machine_is_compared():
    """Seconds of another machine, or of another number of threads, say nothing; those of a diverged run neither."""
    own, other = ([finish(recipe, seed, seconds=SECONDS[recipe]) for seed in range(2)] for recipe in SECONDS)
    quick = [replace(one, machine=replace(one.machine, threads=2), run=replace(one.run, seed=9)) for one in own]
    diverged = finish(RESIDUAL, 4, seconds=1, diverged=True)

    assert 3.0 == measure_seconds([*own, *quick, diverged], other)
    assert measure_seconds(quick, other) is None
    assert measure_seconds([], other) is None


@pytest.mark.parametrize(("factor", "words"), [(1.0, "×1.0"), (0.55, "×0.6"), (3.75, "×3.8"), (12.2, "×12")])
def test_a_factor_has_two_digits(factor, words):
    """A factor is told in two digits."""
    assert words == format_factor(factor)
