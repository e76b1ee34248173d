"""What words choose."""

import pytest

from tests.fakes import BASELINE, finish
from tricks.export.selection import Chosen, list_finished, pick_run, read_words
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.results import gather
from tricks.store.store import Store
from tricks.store.writer import StoreError

EMPTY = gather([])
FLIPPED = Recipe(flip=True)
RESULTS = gather([finish(BASELINE, 0), finish(BASELINE, 4), finish(FLIPPED, 1)])


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["residual"], [Chosen(recipe=Recipe(batch_norm="before", block="residual"))]),
        (["flip=true"], [Chosen(recipe=FLIPPED)]),
        (
            ["wider", "flip=true", "baseline"],
            [Chosen(recipe=Recipe(dense_width=512, flip=True)), Chosen(recipe=BASELINE)],
        ),
        (["dataset=toy", "batch_size=250"], [Chosen(recipe=Recipe(dataset="toy", batch_size=250))]),
        (["optimizer=sgd"], [Chosen(recipe=Recipe(optimizer="sgd", learning_rate=0.05))]),
        ([FLIPPED.key], [Chosen(recipe=FLIPPED)]),
        ([f"{BASELINE.key}-s4"], [Chosen(recipe=BASELINE, seed=4)]),
        ([f"{BASELINE.key}-s4", "flip=true"], [Chosen(recipe=FLIPPED)]),
        (["all"], [Chosen(recipe=BASELINE), Chosen(recipe=FLIPPED)]),
    ],
)
def test_words_choose(words, chosen):
    """Presets, keys and runs choose, and FIELD=VALUE changes the recipe before it, or the baseline."""
    assert tuple(chosen) == read_words(words, RESULTS)


@pytest.mark.parametrize("word", ["nothing", f"{BASELINE.key}-s5", "flipp=true", "flip=2", "dataset=mnist", ""])
def test_wrong_words_get_a_sentence(word):
    """A word that means nothing is refused in one line."""
    with pytest.raises(ValueError, match="^[^\n]+$"):
        read_words([word], RESULTS)


def test_a_seed_is_chosen_for_all():
    """An asked seed is the one of every recipe, also where a run of another is named."""
    assert (Chosen(recipe=BASELINE, seed=2),) == read_words([f"{BASELINE.key}-s4"], RESULTS, seed=2)


def test_every_finished_run_is_listed_once():
    """Recipes that are named twice have their runs once, and a seed leaves the others out."""
    assert [0, 4] == [one.run.seed for one in list_finished(read_words(["baseline", "baseline"], RESULTS), RESULTS)]
    assert [4] == [one.run.seed for one in list_finished(read_words(["baseline"], RESULTS, seed=4), RESULTS)]


def test_nothing_finished_is_said():
    """Where nothing of the choice is finished a sentence says so."""
    with pytest.raises(ValueError, match="nothing of this is finished"):
        list_finished(read_words(["baseline"], EMPTY), EMPTY)


def test_one_run_is_picked(trained):
    """The first seed that has what is needed is picked; what is not there is said, and what to do."""
    store, run = trained

    assert run == pick_run([Chosen(recipe=run.recipe)], store, ".weights.safetensors").run
    with pytest.raises(StoreError, match="seed 0 of .* is not finished: train it"):
        pick_run([Chosen(recipe=run.recipe, seed=0)], store)
    with pytest.raises(StoreError, match="no weights are kept"):
        pick_run([Chosen(recipe=run.recipe)], store, ".nothing")
    with pytest.raises(ValueError, match="takes one recipe, not 2"):
        pick_run([Chosen(recipe=run.recipe), Chosen(recipe=BASELINE)], store)


def test_an_empty_cache_has_no_run(tmp_path):
    """Of a cache that is not there no run is picked."""
    with pytest.raises(StoreError, match="baseline is not finished"):
        pick_run([Chosen(recipe=Run(recipe=BASELINE, seed=0).recipe)], Store(tmp_path / "none"))
