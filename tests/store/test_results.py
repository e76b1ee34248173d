"""Finished runs gathered by recipe."""

import pytest

from tests.conftest import MACHINE
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.stats.comparison import estimate
from tricks.store.record import Outcome
from tricks.store.results import compare_results, find_recipe, gather, next_seed
from tricks.store.store import Finished

BASELINE, FLIP = Recipe(), Recipe(flip=True)


def finish(recipe: Recipe, seed: int, accuracy: float = 0.5, diverged: bool = False, seconds: float = 1.0) -> Finished:
    """A finished run."""
    numbers = {"test_accuracy": accuracy, "diverged": diverged, "seconds": seconds, "images_per_second": 1.0}
    outcome = Outcome(**numbers, weights_sha256="", finished="")
    return Finished(run=Run(recipe=recipe, seed=seed), machine=MACHINE, outcome=outcome)


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
    assert 0.4 == pytest.approx(results.accuracy.mean)


def test_results_carry_their_numbers():
    """A recipe's results have its mean with interval, its median seconds, and its network's parameters."""
    results = gather([finish(BASELINE, seed, 0.5 + seed / 100, seconds=seed) for seed in range(5)])[BASELINE.key]

    assert estimate([0.5, 0.51, 0.52, 0.53, 0.54]) == results.accuracy
    assert 2.0 == results.seconds
    assert 122_570 == results.parameters


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_found_by_its_name(name):
    """A recipe can be named by a preset, whether it was trained or not."""
    assert Recipe(**PRESETS[name].values) == find_recipe(name, {})


def test_a_trained_recipe_is_found_by_its_key():
    """A recipe in the cache can be named by its key."""
    assert FLIP == find_recipe(FLIP.key, gather([finish(FLIP, 0)]))


def test_an_unknown_name_is_one_sentence():
    """A name that is neither a preset nor a key in the cache is refused in one line."""
    with pytest.raises(ValueError, match=r"^'nonsense' is neither a preset \(baseline, [^\n]* nor a key in the cache$"):
        find_recipe("nonsense", gather([finish(FLIP, 0)]))


def test_only_common_seeds_are_compared():
    """A recipe is compared with the reference over the seeds that both have."""
    runs = [finish(FLIP, seed, 0.75) for seed in (0, 2, 3)] + [finish(BASELINE, seed, 0.5) for seed in (0, 1, 3)]

    comparison = compare_results(gather(runs), FLIP, BASELINE)

    assert (2, 0.25) == (comparison.pairs, comparison.difference)


@pytest.mark.parametrize("runs", [[], [finish(FLIP, 0)], [finish(BASELINE, 0)]], ids=["none", "own", "reference"])
def test_an_untrained_recipe_is_not_clear_yet(runs):
    """Without runs of both there is no difference."""
    comparison = compare_results(gather(runs), FLIP, BASELINE)

    assert (0, None, "not clear yet") == (comparison.pairs, comparison.difference, comparison.verdict)


@pytest.mark.parametrize(
    ("finished", "seed"),
    [((), 0), ((0, 1), 2), ((0, 2), 1), ((1,), 0)],
)
def test_the_next_seed_is_the_lowest_that_is_missing(finished, seed):
    """Train asks for the lowest seed that is not finished, so that nobody can pick seeds."""
    assert seed == next_seed(gather(finish(FLIP, number) for number in finished), FLIP)
