"""Where a trick is asked about, and what is asked there."""

import pytest

from tests.fakes import ChosenEngine
from tricks.analysis.situations import SITUATIONS, ask_about, measure_in
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.results import gather
from tricks.store.store import Store


@pytest.mark.parametrize("name", TRICKS)
def test_every_trick_is_asked_about_on_the_baseline(name):
    """On the baseline every trick is a question, and both sides differ in it."""
    change = ask_about(TRICKS[name], SITUATIONS["baseline"])

    assert getattr(change.recipe, name) == TRICKS[name].recommended != getattr(change.reference, name)


def test_a_part_of_a_recipe_is_asked_about_by_leaving_it_out():
    """Of a trick that the strong recipe has, the question is what the recipe would be without it."""
    change = ask_about(TRICKS["flip"], SITUATIONS["strong"])

    assert Recipe(**SITUATIONS["strong"].values) == change.recipe
    assert not change.reference.flip


def test_what_would_undo_the_recipe_is_no_question():
    """A condition is not asked about where it holds already."""
    assert ask_about(TRICKS["train_share"], SITUATIONS["few"]) is None


def test_an_effect_is_one_of_all_that_are_measured_there(tmp_path):
    """The corrected interval allows for all tricks of the situation that have runs."""
    store = Store(tmp_path)
    for recipe, base in ((Recipe(), 0.7), (Recipe(flip=True), 0.72), (Recipe(normalize=True), 0.73)):
        for seed in range(3):
            list(execute(store, ChosenEngine(base + seed / 1000), Run(recipe=recipe, seed=seed)))
    baseline = SITUATIONS["baseline"]

    effect = measure_in(baseline, ask_about(TRICKS["flip"], baseline), gather(store.finished()))

    assert effect.single.difference == pytest.approx(0.02)
    assert effect.corrected.low < effect.single.low
