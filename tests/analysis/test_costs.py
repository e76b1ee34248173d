"""What a trick costs, as factors."""

from dataclasses import replace

import pytest

from tests.fakes import finish
from tricks.analysis.costs import compare_costs, compare_seconds, format_factor
from tricks.recipe.recipe import Recipe
from tricks.store.results import gather

BASELINE, RESIDUAL = Recipe(), Recipe(block="residual")


def measure_seconds(own: list, other: list) -> float | None:
    """How many times as long the first takes, by finished runs of both."""
    results = gather([*own, *other])
    return compare_seconds(results.get(RESIDUAL.key), results.get(BASELINE.key))


def test_parameters_and_arithmetic_are_counted():
    """Residual blocks have more parameters, twice the epochs twice the arithmetic, and neither needs a run."""
    costs = compare_costs(RESIDUAL, BASELINE, gather([]))

    assert (1.73, 3.75, None) == (round(costs.parameters, 2), round(costs.arithmetic, 2), costs.seconds)
    assert 2.0 == compare_costs(Recipe(epochs=20), BASELINE, gather([])).arithmetic
    assert 2.0 == compare_costs(Recipe(sharpness=0.05), BASELINE, gather([])).arithmetic


def test_the_quickest_trainings_are_compared():
    """A training that was paused or disturbed makes no trick slow."""
    own = [finish(RESIDUAL, seed, seconds=seconds) for seed, seconds in enumerate([300, 3000, 310])]
    other = [finish(BASELINE, seed, seconds=seconds) for seed, seconds in enumerate([900, 100])]

    assert 3.0 == measure_seconds(own, other)


def test_only_the_same_machine_is_compared():
    """Seconds of another machine, or of another number of threads, say nothing; those of a diverged run neither."""
    own = finish(RESIDUAL, 0, seconds=300)
    quick = replace(own, machine=replace(own.machine, threads=2), run=replace(own.run, seed=1))
    diverged = finish(RESIDUAL, 2, seconds=1, diverged=True)
    baseline = finish(BASELINE, 0, seconds=100)

    assert 3.0 == measure_seconds([own, quick, diverged], [baseline])
    assert measure_seconds([quick], [baseline]) is None
    assert measure_seconds([], [baseline]) is None


@pytest.mark.parametrize(
    ("factor", "words"), [(None, "–"), (1.0, "×1.0"), (0.55, "×0.6"), (3.75, "×3.8"), (12.2, "×12")]
)
def test_a_factor_has_two_digits(factor, words):
    """A factor is told in two digits, an unknown one as a dash."""
    assert words == format_factor(factor)
