"""Which seeds a question needs next, until it is settled or its budget ends."""

import numpy as np
import pytest

from tests.fakes import BASELINE, FLIP, finish, finish_seeds
from tests.stats.simulation import draw_deviations, draw_pool, draw_runs
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.settle import Question, check_budget, choose_next, list_left
from tricks.store.index import Finished
from tricks.store.results import Results, gather

QUESTION = Question(recipe=FLIP, reference=BASELINE)
CALM, WILD = [0.70, 0.71, 0.72, 0.73], [0.68, 0.75, 0.65, 0.77]


def know(flip: list[float], baseline: list[float]) -> Results:
    """What a cache with these accuracies of both sides says."""
    return gather(finish_seeds(FLIP, flip) + finish_seeds(BASELINE, baseline))


def name(runs: list[Run]) -> list[tuple[str, int]]:
    """The runs by recipe and seed."""
    return [(run.recipe.label, run.seed) for run in runs]


def test_all_that_an_interval_needs_is_asked_for_at_once():
    """Where nothing is known, an interval needs three seeds of each side, which may be trained side by side."""
    everything = [(side, seed) for seed in range(3) for side in ("flip", "baseline")]

    assert everything == name(choose_next(QUESTION, 20, gather([])))
    assert [("flip", 1), ("baseline", 2), ("flip", 2)] == name(choose_next(QUESTION, 20, know([0.7], [0.7, 0.71])))


def test_a_pool_of_recipes_makes_two_seeds_enough():
    """Where six recipes tell how much accuracies scatter, only two seeds of each side are asked for at once."""
    pool = [run for width in range(70, 78) for run in finish_seeds(Recipe(dense_width=width), [0.7, 0.71, 0.72, 0.74])]

    assert [0, 0, 1, 1] == [run.seed for run in choose_next(QUESTION, 20, gather(pool))]


@pytest.mark.parametrize(("flip", "baseline"), [([0.9, 0.91, 0.92, 0.93], CALM), ([0.7] * 4, [0.7] * 4)])
def test_a_clear_verdict_ends_it(flip, baseline):
    """Nothing is trained any more once one side is better, or both are about the same."""
    assert [] == choose_next(QUESTION, 20, know(flip, baseline))


def test_the_budget_ends_it():
    """With as many seeds as the budget allows on both sides nothing is trained, also before there is an interval."""
    assert [] == choose_next(QUESTION, 4, know(WILD, CALM))
    assert [] == choose_next(QUESTION, 2, know(WILD[:2], CALM[:2]))
    assert [("flip", 4)] == name(choose_next(QUESTION, 5, know(WILD, [*CALM, 0.71])))


def test_the_side_that_scatters_more_gets_the_next_seed():
    """One run at a time, of the side whose next seed takes most from the variance of the difference."""
    assert [("flip", 4)] == name(choose_next(QUESTION, 20, know(WILD, CALM)))
    assert [("baseline", 4)] == name(choose_next(QUESTION, 20, know(CALM, WILD)))


def test_seconds_count():
    """A side whose runs take a hundred times as long is left alone as long as the other brings more by the second."""
    slow_flip = {FLIP: 1000.0, BASELINE: 10.0}

    assert [("baseline", 4)] == name(choose_next(QUESTION, 20, know(WILD, CALM), slow_flip.get))


def test_the_lowest_seeds_are_trained():
    """Nobody picks seeds: the lowest that are not finished come first, and all that are known count as spent."""
    known = gather([run for run in finish_seeds(FLIP, CALM) if run.run.seed != 1])

    assert [1, 4] == [run.seed for run in list_left(FLIP, 5, known)]
    assert [] == list_left(FLIP, 3, known)


def test_schedules_that_differ_are_settled_by_the_last_epoch():
    """A question is settled by the measure in which its recipes can be compared."""
    cosine = Recipe(schedule="cosine")
    settled = finish_seeds(cosine, [0.9, 0.91, 0.92, 0.93], settled=0.7) + finish_seeds(BASELINE, CALM, settled=0.7)

    assert "last" == Question(recipe=cosine, reference=BASELINE).compare(gather(settled)).measure
    assert [] == choose_next(Question(recipe=cosine, reference=BASELINE), 20, gather(settled))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"recipe": BASELINE}, "given twice"),
        ({"recipe": Recipe(dataset="toy")}, "different datasets"),
        ({"measure": "best"}, "one of settled, last"),
    ],
)
def test_what_cannot_be_settled_is_refused(changes, sentence):
    """A question needs two recipes of the same images and a measure that there is."""
    with pytest.raises(ValueError, match=sentence):
        Question(**{"recipe": FLIP, "reference": BASELINE, **changes})


@pytest.mark.parametrize("at_most", [-1, 0, 1, 1001, 2.5])
def test_a_budget_has_its_bounds(at_most):
    """With fewer than two seeds of each nothing can be settled, and more than a thousand are too many."""
    with pytest.raises(ValueError, match="2 to 1000 seeds of each"):
        check_budget(at_most)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [{}, {FLIP: 30.0, BASELINE: 10.0}], ids=["alike", "one-slower"])
def test_settling_errs_as_rarely_as_the_interval(seconds):
    """Of 200 pairs of identical recipes that are settled, at most 5% (and two standard errors) are called different."""
    called = [settle_identical(np.random.default_rng(seed), seconds) for seed in range(200)]

    assert called.count("better") + called.count("worse") <= 200 * 0.05 + 2 * (200 * 0.05 * 0.95) ** 0.5
    assert called.count("about the same") + called.count("no gain of a point") > 150


def settle_identical(random: np.random.Generator, seconds: dict[Recipe, float]) -> str:
    """The verdict on two identical recipes beside twelve others, settled with at most 30 seeds of each."""
    (others,), (counts,) = draw_pool(random, 1, 0.009, 0.3, 0.0)
    pool = [
        run
        for width, values, count in zip(range(70, 82), others, counts, strict=True)
        for run in finish_seeds(Recipe(dense_width=width), list(values[: count + 1]))
    ]
    deviations = np.repeat(draw_deviations(random, (1, 1), 0.009, 0.3), 2, axis=1)
    sides = dict(zip(QUESTION.sides, draw_runs(random, deviations, 30, 0.0)[0], strict=True))
    known: list[Finished] = []
    while runs := choose_next(QUESTION, 30, results := gather(pool + known), seconds.get):
        known += [finish(run.recipe, run.seed, sides[run.recipe][run.seed]) for run in runs]
    return QUESTION.compare(results).verdict
