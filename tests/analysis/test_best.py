"""The best recipe so far."""

import pytest

from tests.fakes import finish_seeds
from tricks.analysis.best import describe_best, estimate_all, find_best, format_best, format_class, name_classes
from tricks.recipe.recipe import Recipe
from tricks.stats.interval import Sample, bonferroni, estimate
from tricks.store.results import gather

BASELINE, WIDE, RESIDUAL = Recipe(), Recipe(dense_width=512), Recipe(block="residual")


def fill(*known: tuple[Recipe, list[float]], **changes):
    """The results of a cache with these accuracies."""
    return gather(run for recipe, accuracies in known for run in finish_seeds(recipe, accuracies, **changes))


def test_each_class_has_its_best():
    """Within so many parameters only those compete that have no more; without a limit all do."""
    results = fill((BASELINE, [0.5] * 4), (RESIDUAL, [0.6] * 4), (WIDE, [0.7] * 4))

    found = find_best(results, "cifar10")

    assert [150_000, 250_000, None] == [one.most_parameters for one in found]
    assert [BASELINE, RESIDUAL, WIDE] == [one.recipe for one in found]
    assert {3} == {one.competing for one in found}


def test_who_wins_in_several_classes_stands_once():
    """A recipe that is also the best among larger ones is named once, with the first class and the last."""
    one, three = (BASELINE, [0.5] * 4), (RESIDUAL, [0.6] * 4)

    assert {"up to 150,000 parameters, and any number": BASELINE} == winners(one)
    assert {"up to 150,000 parameters": BASELINE, "up to 250,000 parameters, and any number": RESIDUAL} == winners(
        one, three
    )


def winners(*known: tuple[Recipe, list[float]]) -> dict[str, Recipe]:
    """The best recipes of a cache by the classes that they are the best of."""
    return {title: best.recipe for title, best in name_classes(find_best(fill(*known), "cifar10")).items()}


def test_the_lower_end_ranks():
    """A higher mean that is less certain does not win."""
    results = fill((BASELINE, [0.5, 0.51, 0.5, 0.51, 0.5]), (Recipe(flip=True), [0.4, 0.7, 0.6]))

    assert BASELINE == find_best(results, "cifar10")[0].recipe


@pytest.mark.parametrize(
    "other", [{"epochs": 20}, {"train_share": 0.5}, {"label_noise": 0.1}, {"dataset": "toy"}], ids=lambda one: str(one)
)
def test_only_the_blog_s_budget_competes(other):
    """Another number of epochs, a condition, or other images are another contest."""
    results = fill((BASELINE, [0.5] * 4), (Recipe(**other), [0.9] * 4))

    assert {BASELINE} == {one.recipe for one in find_best(results, "cifar10")}


def test_three_seeds_are_needed():
    """With two seeds a recipe does not compete, with three it does, once the cache says how much seeds scatter."""
    others = [(Recipe(dense_width=width), [0.5, 0.52, 0.51]) for width in range(65, 71)]

    found = find_best(fill(*others, (BASELINE, [0.9] * 2), (WIDE, [0.7, 0.72, 0.71])), "cifar10")

    assert WIDE == found[-1].recipe
    assert 7 == found[-1].competing
    assert [] == find_best(fill((BASELINE, [0.5] * 2)), "cifar10")


def test_intervals_are_those_of_the_one_function():
    """Found all in one go, each interval is that of the recipe alone, corrected for all that compete."""
    scattered = [[0.7 + 0.01 * ((seed * 7 + number) % 5) for seed in range(3 + number)] for number in range(8)]
    recipes = [Recipe(dense_width=64 + number) for number in range(7)] + [Recipe(schedule="cosine")]
    results = fill(*zip(recipes, scattered, strict=True))

    for one, interval in zip(results.values(), estimate_all(list(results.values()), results), strict=True):
        sample = Sample(values=tuple(one.accuracies.values()), prior=results.prior(one.recipe, "last"))
        alone = estimate(sample, bonferroni(8))
        expected = (alone.count, alone.mean, alone.low, alone.high)
        assert pytest.approx(expected) == (interval.count, interval.mean, interval.low, interval.high)


def test_the_best_in_words_and_for_programs():
    """The best of a class is one line, and for programs all its numbers."""
    best = find_best(fill((BASELINE, [0.5] * 4)), "cifar10")

    assert ["up to 150,000 parameters", "any number of parameters"] == [format_class(best[0]), format_class(best[2])]
    assert "baseline, 50.0% (50.0% to 50.0%, 4 seeds), 122,570 parameters" == format_best(best[0])
    row = describe_best(best[0])
    assert (150_000, BASELINE.key, 4, 1) == tuple(
        row[name] for name in ("most_parameters", "key", "seeds", "competing")
    )
