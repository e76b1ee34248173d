"""Which runs are missing, and how long they take."""

from tests.fakes import MACHINE, finish
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import DurationEstimate
from tricks.scheduling.missing import estimate_total, list_missing
from tricks.store.results import gather

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
    """The runs' seconds are added up, each as long as its recipe takes."""
    pace = DurationEstimate.measure([finish(BASELINE, 0, seconds=100.0), finish(FLIP, 0, seconds=120.0)], MACHINE)
    longer = Recipe(epochs=20)

    runs = [Run(recipe=recipe, seed=1) for recipe in (BASELINE, FLIP, longer)]

    assert 420.0 == estimate_total(runs, pace)


def test_an_unknown_duration_is_none():
    """While nothing was timed nobody can say how long a run takes."""
    assert estimate_total([Run(recipe=FLIP, seed=0)], DurationEstimate.measure([], MACHINE)) is None
