"""One function compares two recipes, by the measure in which they can be compared."""

import pytest

from tests.fakes import BASELINE, FLIP, finish, finish_seeds
from tricks.analysis.compare import comparable_measure, compare_differences, compare_recipes, measure_accuracy
from tricks.recipe.recipe import Recipe
from tricks.store.results import gather

COSINE = Recipe(schedule="cosine")
RUNS = [finish(each, seed, 0.7 + seed / 100, settled=0.6) for each in (BASELINE, COSINE) for seed in range(4)]
RUNS += [finish(FLIP, seed, 0.9, settled=0.8) for seed in range(2)]


@pytest.mark.parametrize(
    ("recipes", "wish", "measure"),
    [
        ((FLIP, BASELINE), "settled", "settled"),
        ((FLIP, BASELINE), "last", "last"),
        ((COSINE, BASELINE), "settled", "last"),
        ((COSINE, COSINE), "settled", "settled"),
        ((FLIP, BASELINE, COSINE, COSINE), "settled", "last"),
    ],
)
def test_recipes_are_compared_by_what_is_fair(recipes, wish, measure):
    """The settled accuracy counts where all schedules are alike, else that after the last epoch."""
    assert measure == comparable_measure(recipes, wish)


def test_a_comparison_names_its_measure():
    """The difference is that of the accuracies in the measure that it names."""
    settled, last = (compare_recipes(FLIP, BASELINE, gather(RUNS), wish) for wish in ("settled", "last"))
    other = compare_recipes(COSINE, BASELINE, gather(RUNS))

    assert ("settled", pytest.approx(0.2)) == (settled.measure, settled.difference)
    assert ("last", pytest.approx(0.185)) == (last.measure, last.difference)
    assert ("last", 0) == (other.measure, other.difference)


@pytest.mark.parametrize("runs", [[], [finish(FLIP, 0)], [finish(BASELINE, 0)]], ids=["none", "own", "reference"])
def test_an_untrained_recipe_is_not_clear_yet(runs):
    """Without runs of both there is no difference."""
    comparison = compare_recipes(FLIP, BASELINE, gather(runs))

    assert (0, None, "not clear yet") == (comparison.least_seeds, comparison.difference, comparison.verdict)


def test_other_images_are_not_compared():
    """Recipes of different datasets are refused in one sentence."""
    with pytest.raises(ValueError, match="are of different datasets$"):
        compare_recipes(FLIP, Recipe(dataset="toy"), gather(RUNS))


def test_an_interaction_takes_four_recipes():
    """The first difference is compared with the second, over all seeds of all four recipes."""
    comparison = compare_differences((FLIP, BASELINE, COSINE, BASELINE), gather(RUNS))

    assert ("last", (2, 4, 4, 4), pytest.approx(0.185)) == (
        comparison.measure,
        comparison.seeds,
        comparison.difference,
    )


def test_an_accuracy_is_in_one_measure():
    """A recipe's mean accuracy is that after the last epoch, or the settled one where that is asked for."""
    results = gather([*RUNS, *finish_seeds(Recipe(dataset="toy"), [0.5])])

    assert (0.9, 0.8) == tuple(pytest.approx(measure_accuracy(FLIP, results, m).mean) for m in ("last", "settled"))
    assert measure_accuracy(Recipe(grad_clip=1.0), results) is None
