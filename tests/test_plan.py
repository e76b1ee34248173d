"""Which runs are missing, and how long they take."""

import pytest

from tests.conftest import MACHINE
from tests.test_results import finish
from tricks.plan import estimate_total, list_missing
from tricks.recipe import Recipe
from tricks.results import gather
from tricks.run import Run

BASELINE, FLIP = Recipe(), Recipe(flip=True)


def test_exactly_the_missing_runs_are_listed():
    """What is finished is not listed again, and a recipe that is asked for twice counts once."""
    results = gather([finish(BASELINE, 0), finish(BASELINE, 2), finish(FLIP, 0), finish(FLIP, 7)])

    missing = list_missing([BASELINE, FLIP, BASELINE], results, 3)

    assert [(BASELINE, 1), (FLIP, 1), (FLIP, 2)] == [(run.recipe, run.seed) for run in missing]


def test_nothing_is_missing_when_all_is_there():
    """Recipes with enough seeds need no runs, and an empty cache needs all."""
    results = gather(finish(BASELINE, seed) for seed in range(5))

    assert [] == list_missing([BASELINE], results, 4)
    assert [0, 1, 2, 3] == [run.seed for run in list_missing([BASELINE], {}, 4)]


def test_runs_take_as_long_as_those_before():
    """A recipe that was trained here takes as long as then; one that was not, as long as its arithmetic suggests."""
    results = gather([finish(BASELINE, 0, seconds=100.0), finish(FLIP, 0, seconds=120.0)])
    longer = Recipe(epochs=20)

    assert 220.0 == estimate_total([Run(recipe=BASELINE, seed=1), Run(recipe=FLIP, seed=1)], results, MACHINE)
    assert 200.0 <= estimate_total([Run(recipe=longer, seed=0)], results, MACHINE) <= 240.0


@pytest.mark.parametrize("results", [{}, gather([finish(BASELINE, 0, diverged=True)])], ids=["empty", "diverged"])
def test_an_unknown_duration_is_none(results):
    """While nothing was timed nobody can say how long a run takes."""
    assert estimate_total([Run(recipe=FLIP, seed=0)], results, MACHINE) is None
