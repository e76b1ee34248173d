"""What each trick does: the questions are made from the catalogue, the answers from the cache."""

import pytest

from tests.fakes import finish, finish_seeds
from tricks.analysis.compare import format_accuracy
from tricks.analysis.effects import (
    FULL_RECIPES,
    LEFT_OUT,
    count_measured,
    describe_effect,
    list_additions,
    list_removals,
    measure,
    measure_all,
    sort_effects,
    switch_on,
)
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.wording import format_figures
from tricks.store.results import gather

BASELINE = Recipe()
FLIP = next(change for change in list_additions(BASELINE) if change.trick.name == "flip")


def measure_flip(with_it: list[float], without: list[float]):
    """The effect of flip in a cache with these accuracies."""
    return measure(FLIP, gather([*finish_seeds(FLIP.recipe, with_it), *finish_seeds(BASELINE, without)]))


@pytest.mark.parametrize("name", [name for name, trick in TRICKS.items() if not trick.is_condition])
def test_every_trick_is_asked_about(name):
    """Each trick of the catalogue is switched on alone, as recommended, on the baseline with what it needs."""
    changes = {change.trick.name: change for change in list_additions(BASELINE)}

    assert TRICKS[name].recommended == changes[name].recipe.values[name]
    assert Recipe(**TRICKS[name].needs) == changes[name].reference
    assert name == "optimizer" or {name} == changes[name].values.keys()


def test_what_a_trick_needs_is_said():
    """A trick that does nothing alone is asked about on what it needs, and its label says so."""
    change = next(change for change in list_additions(BASELINE) if change.trick.name == "crop_fill")
    on_its_own = next(change for change in list_additions(Recipe(crop_padding=4)) if change.trick.name == "crop_fill")

    assert ("reflect crop filling, given crop padding 2", Recipe(crop_padding=2)) == (change.label, change.reference)
    assert ("reflect crop filling", Recipe(crop_padding=4)) == (on_its_own.label, on_its_own.reference)


def test_an_optimiser_comes_with_its_learning_rate():
    """Switching the optimiser on takes the learning rate that suits it, and the label says so."""
    change = next(change for change in list_additions(BASELINE) if change.trick.name == "optimizer")

    assert TRICKS["optimizer"].fills_in["sgd"]["learning_rate"] == change.recipe.learning_rate
    assert "sgd + learning rate 0.05" == change.label


def test_an_addition_undoes_nothing():
    """On top of another recipe only those tricks are added that leave its own as they are."""
    base = Recipe(**switch_on(TRICKS["optimizer"]))

    additions = list_additions(base)

    left = {name for name, trick in TRICKS.items() if not trick.is_condition} - {one.trick.name for one in additions}
    assert {"optimizer", "learning_rate"} == left
    assert all(base.values.items() <= change.recipe.values.items() for change in additions)


@pytest.mark.parametrize("name", FULL_RECIPES)
@pytest.mark.parametrize("dataset", ["cifar10", "toy"])
def test_a_removal_takes_one_trick_out(name, dataset):
    """A full recipe is compared with itself without each trick, and what has no effect without it; all else stays."""
    full = Recipe(dataset=dataset, **FULL_RECIPES[name].values)

    changes = list_removals(full)

    assert list(full.values) == [change.trick.name for change in changes]
    for change in changes:
        out = full.values.keys() - change.reference.values.keys()
        assert full == change.recipe
        assert {change.trick.name} == out - set(change.reference.idle)
        assert change.trick.say(full.values[change.trick.name]) in change.label
    assert {dataset} == {change.reference.dataset for change in changes}


def test_the_full_recipe_is_the_catalogue():
    """The full recipe has every trick at its recommended value, but those that are left out with a reason."""
    full = FULL_RECIPES["all"].values

    assert TRICKS.keys() == full.keys() | LEFT_OUT.keys()
    assert set() == full.keys() & LEFT_OUT.keys()
    assert full == Recipe(**full).values
    assert all(full.reason for full in FULL_RECIPES.values())


def test_an_effect_takes_all_seeds():
    """The difference is that of the means of all seeds, which need not be the same ones."""
    effect = measure_flip([0.75, 0.5, 0.75, 1.0, 0.5], [0.5, 0.5, 0.25, 0.75])

    assert ((5, 4), pytest.approx(0.2)) == (effect.single.seeds, effect.single.difference)


@pytest.mark.parametrize(
    "runs", [[], finish_seeds(BASELINE, [0.5]), finish_seeds(FLIP.recipe, [0.5])], ids=["none", "one", "other"]
)
def test_nothing_measured_is_said_so(runs):
    """Without runs of both, nothing is measured yet."""
    effect = measure(FLIP, gather(runs))

    assert "not measured yet" == format_figures(effect.single)


def test_the_correction_counts_what_has_data():
    """A view is corrected for its tricks that have runs; a trick without a run costs nothing."""
    changes = list_additions(BASELINE)
    runs = [run for each in (changes[0], changes[1]) for run in finish_seeds(each.recipe, [0.6, 0.61, 0.62, 0.6])]
    results = gather([*runs, *finish_seeds(BASELINE, [0.5, 0.51, 0.5, 0.52])])

    effects = measure_all(changes, results)

    assert 2 == count_measured(changes, results)
    assert {0.025} == {effect.corrected.alpha for effect in effects}
    assert {0.05} == {effect.single.alpha for effect in effects}


def test_programs_get_the_same():
    """For programs an effect has the trick, both verdicts with their intervals, the measure and the seeds."""
    row = describe_effect(measure_flip([0.6, 0.61, 0.62, 0.6], [0.5, 0.51, 0.5, 0.52]))

    assert ("flip", {"flip": True}, "settled", (4, 4)) == (row["name"], row["values"], row["measure"], row["seeds"])
    assert ("better", "better", 0) == (row["verdict"], row["corrected_verdict"], row["seeds_needed"])
    assert row["corrected_low"] == row["low"] < row["difference"] < row["high"]


def test_diverged_seeds_are_named():
    """An effect names the seeds that diverged on either side."""
    runs = [finish(FLIP.recipe, 0, 0.1, diverged=True), finish(BASELINE, 0, 0.5), finish(BASELINE, 2, 0.1, True)]

    assert (0, 2) == measure(FLIP, gather(runs)).diverged


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        ([], "not trained yet"),
        ([0.7], "70.0% (no interval yet)"),
        ([0.7, 0.75], "70.0%, 75.0% (no interval yet)"),
        ([0.75] * 4, "75.0% (75.0% to 75.0%, N = 4)"),
    ],
)
def test_an_accuracy_carries_its_uncertainty(accuracies, words):
    """A mean comes with its interval and its number of seeds, or not at all."""
    results = gather(finish_seeds(BASELINE, accuracies))

    assert words == format_accuracy(BASELINE, results)


def test_an_accuracy_names_what_diverged():
    """A diverged seed counts in the mean, and is named beside it."""
    runs = [*finish_seeds(BASELINE, [0.75] * 3), finish(BASELINE, 3, 0.75, diverged=True)]

    assert "75.0% (75.0% to 75.0%, N = 4; diverged: seed 3)" == format_accuracy(BASELINE, gather(runs))


def test_effects_are_sorted():
    """The largest effect comes first, then those without an interval, then those without a run."""
    changes = list_additions(BASELINE)[:4]
    accuracies = ([0.6] * 4, [0.9], [], [0.7] * 4)
    runs = [
        run for change, values in zip(changes, accuracies, strict=True) for run in finish_seeds(change.recipe, values)
    ]
    results = gather([*runs, *finish_seeds(BASELINE, [0.5] * 4)])

    effects = sort_effects(measure(change, results) for change in changes)

    assert [changes[3], changes[0], changes[1], changes[2]] == [effect.change for effect in effects]


def test_other_choices_that_have_results_are_asked_about_too():
    """Of a trick with several choices those stand beside the recommended one that somebody has trained."""
    others = [Recipe(optimizer="muon"), Recipe(batch_norm="after")]
    results = gather([finish(recipe, 0, 0.7) for recipe in (BASELINE, *others)])

    known = list_additions(BASELINE)
    additions = list_additions(BASELINE, results)

    assert set(others) == {change.recipe for change in additions if change not in known}
    assert known == additions[: len(known)]
    assert {BASELINE} == {change.reference for change in additions[len(known) :]}


def test_an_optimiser_is_taken_out_with_its_learning_rate():
    """What came with a trick goes with it; a learning rate of one's own stays."""
    filled_in, own = Recipe(optimizer="sgd", learning_rate=0.05), Recipe(optimizer="sgd", learning_rate=0.1)

    assert [BASELINE] == [change.reference for change in list_removals(filled_in) if change.trick.name == "optimizer"]
    assert [Recipe(learning_rate=0.1)] == [
        change.reference for change in list_removals(own) if change.trick.name == "optimizer"
    ]
