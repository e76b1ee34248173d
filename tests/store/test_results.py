"""Finished runs gathered by recipe."""

import pytest

from tests.fakes import BASELINE, FLIP, finish
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe
from tricks.stats.interval import FEWEST_RECIPES, VariancePrior
from tricks.store.results import MOST_ANSWERS, find_recipe, gather, next_seed


def test_runs_are_gathered_by_recipe_and_seed():
    """Results are one entry a recipe, its seeds in the order of their numbers."""
    results = gather([finish(FLIP, 10, 0.6), finish(BASELINE, 0, 0.1), finish(FLIP, 2, 0.7)])

    assert {BASELINE.key, FLIP.key} == set(results)
    assert [(2, 0.7), (10, 0.6)] == list(results[FLIP.key].accuracies.items())
    assert FLIP == results[FLIP.key].recipe


def test_no_runs_are_no_results():
    """An empty cache has no results."""
    assert {} == gather([])


def test_a_diverged_run_counts():
    """A diverged run is marked, and counts with the accuracy that its weights have."""
    results = gather([finish(FLIP, 0, 0.7), finish(FLIP, 1, 0.1, diverged=True)])[FLIP.key]

    assert [1] == results.diverged
    assert {0: 0.7, 1: 0.1} == results.accuracies == results.settled_accuracies


def test_results_carry_their_numbers():
    """A recipe's results have its accuracies by seed, its median seconds, and its network's parameters."""
    results = gather([finish(BASELINE, seed, 0.5 + seed / 100, seconds=seed) for seed in range(5)])[BASELINE.key]

    assert {seed: 0.5 + seed / 100 for seed in range(5)} == results.accuracies
    assert 2.0 == results.seconds
    assert 122_570 == results.parameters


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_found_by_its_name(name):
    """A recipe can be named by a preset, whether it was trained or not."""
    assert Recipe(**PRESETS[name].values) == find_recipe(name, {})


def test_a_trained_recipe_is_found_by_its_key():
    """A recipe in the cache can be named by its key."""
    assert FLIP == find_recipe(FLIP.key, gather([finish(FLIP, 0)]))


def test_a_recipe_is_found_by_its_values():
    """A recipe can be named by its values, trained or not, with what an optimiser fills in; a wrong one is said."""
    assert Recipe(flip=True, normalize=True) == find_recipe("flip=true,normalize=true", {})
    assert Recipe(optimizer="sgd", learning_rate=0.05) == find_recipe("optimizer=sgd", {})
    with pytest.raises(ValueError, match="^norm is without effect here .batch_norm=none.: set that too$"):
        find_recipe("norm=group", {})
    with pytest.raises(ValueError, match='^there is no trick "flop": did you mean flip'):
        find_recipe("flop=true", {})


def test_an_unknown_name_is_one_sentence():
    """A name that is neither a preset nor a key in the cache is refused in one line."""
    with pytest.raises(
        ValueError,
        match=r"^'nonsense' is neither a preset \(baseline, [^\n]* nor FIELD=VALUE,…, nor a key in the cache$",
    ):
        find_recipe("nonsense", gather([finish(FLIP, 0)]))


def test_two_measures_are_kept():
    """A recipe's results have the accuracy after the last epoch and the settled one, each by seed."""
    results = gather([finish(FLIP, 0, 0.7, settled=0.69), finish(FLIP, 1, 0.5)])[FLIP.key]

    assert {0: 0.7, 1: 0.5} == results.measured("last")
    assert {0: 0.69, 1: 0.5} == results.measured("settled")


def test_a_prior_is_that_of_the_dataset_and_schedule():
    """How much recipes scatter is known from all others of the same images and schedule, and of no other."""
    recipes = [Recipe(dense_width=width) for width in (32, 64, 128, 256, 512, 1024)]
    runs = [finish(each, seed, 0.7 + seed / 100) for each in recipes for seed in range(2)]
    results = gather(runs)

    assert FEWEST_RECIPES == len(recipes)
    assert results.prior(BASELINE, "last").degrees > 0
    for other in (Recipe(schedule="cosine"), Recipe(dataset="toy")):
        assert 0 == results.prior(other, "last").degrees


def test_rounding_is_that_of_the_test_set():
    """The smallest variance is that of rounding to one test image: 500 of the toy set."""
    assert VariancePrior(floor=(1 / 500) ** 2 / 12) == gather([]).prior(Recipe(dataset="toy"), "last")


@pytest.mark.parametrize(
    ("finished", "seed"),
    [((), 0), ((0, 1), 2), ((0, 2), 1), ((1,), 0)],
)
def test_the_next_seed_is_the_lowest_that_is_missing(finished, seed):
    """Train asks for the lowest seed that is not finished, so that nobody can pick seeds."""
    assert seed == next_seed(gather(finish(FLIP, number) for number in finished), FLIP)


def test_what_many_ask_is_found_once():
    """The same question about the same results is answered from memory, which stays small however much is asked."""
    results, found = gather([]), []

    def find() -> int:
        found.append("found")
        return len(found)

    assert [1, 1, 2] == [results.once(question, find) for question in ("a", "a", "b")]
    for number in range(2 * MOST_ANSWERS):
        results.once(number, find)
    assert len(results._found) <= MOST_ANSWERS
