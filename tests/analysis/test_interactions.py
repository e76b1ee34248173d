"""Two tricks together: the second's effect without the first, with it, and how far the two differ."""

import pytest

from tests.fakes import finish_seeds
from tricks.analysis.interactions import PairEffect, format_interaction, list_pairs, measure_pair
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.wording import format_seeds
from tricks.store.results import gather

FLIP_WITH_BATCH_NORM = next(
    pair for pair in list_pairs(TRICKS["batch_norm"], "cifar10") if pair.alone.trick.name == "flip"
)


def measure_four(neither: float, flip: float, batch_norm: float, both: float, seeds: int = 4) -> PairEffect:
    """Flip and BatchNorm in a cache where each recipe has the same accuracy on every seed."""
    alone, together = FLIP_WITH_BATCH_NORM.alone, FLIP_WITH_BATCH_NORM.together
    recipes = {alone.reference: neither, alone.recipe: flip, together.reference: batch_norm, together.recipe: both}
    return measure_pair(
        FLIP_WITH_BATCH_NORM,
        gather(run for recipe, one in recipes.items() for run in finish_seeds(recipe, [one] * seeds)),
    )


@pytest.mark.parametrize("first", TRICKS)
def test_a_pair_is_four_recipes(first):
    """Each other trick is asked about without the first and with it, in recipes that differ in nothing else."""
    pairs = list_pairs(TRICKS[first], "toy")
    tricks = [trick for trick in TRICKS.values() if not trick.is_condition]

    assert first not in {pair.alone.trick.name for pair in pairs}
    assert len(pairs) >= len(tricks) - 4
    for pair in pairs:
        alone, together = pair.alone.recipe.values, pair.together.recipe.values
        assert together == alone | pair.together.reference.values
        assert Recipe(dataset="toy", **pair.alone.trick.needs) == pair.alone.reference
        assert pair.alone.recipe != pair.together.recipe


def test_an_optimiser_and_a_learning_rate_are_no_pair():
    """Two tricks that set the same field are no pair, from either side."""
    names = {first: {pair.alone.trick.name for pair in list_pairs(TRICKS[first], "cifar10")} for first in TRICKS}

    assert "learning_rate" not in names["optimizer"]
    assert "optimizer" not in names["learning_rate"]


@pytest.mark.parametrize(
    ("both", "sentence"),
    [
        (0.875, "The effect of flip is larger with BatchNorm before ReLU: the two help each other"),
        (0.75, "The effect of flip is the same with BatchNorm before ReLU and without, within one point"),
        (0.625, "The effect of flip is smaller with BatchNorm before ReLU"),
        (0.5, "The effect of flip is smaller with BatchNorm before ReLU"),
    ],
)
def test_an_interaction_is_a_sentence(both, sentence):
    """Two tricks help each other, add up, or bring less than their sum."""
    effect = measure_four(0.5, 0.625, 0.625, both)

    assert format_interaction(effect).startswith(sentence)
    assert "4 seeds each" in format_interaction(effect)


@pytest.mark.parametrize(("seeds", "words"), [(0, "none"), (1, "one")])
def test_an_interaction_needs_seeds_of_all_four(seeds, words):
    """Until all four recipes have enough seeds nothing is said of their interaction but that."""
    effect = measure_four(0.5, 0.75, 0.75, 0.875, seeds)

    assert format_interaction(effect).endswith(f"of each of the four recipes, and one of them has {words} so far.")


def test_an_open_interaction_says_what_it_needs():
    """An interaction whose interval is too wide is not clear yet, with the seeds that it would take."""
    alone, together = FLIP_WITH_BATCH_NORM.alone, FLIP_WITH_BATCH_NORM.together
    runs = [
        run for recipe in (alone.reference, alone.recipe, together.reference) for run in finish_seeds(recipe, [0.5] * 4)
    ]

    effect = measure_pair(FLIP_WITH_BATCH_NORM, gather([*runs, *finish_seeds(together.recipe, [0.4, 0.6, 0.45, 0.6])]))

    assert format_interaction(effect).startswith("How BatchNorm before ReLU changes the effect of flip is not clear")
    assert f"{format_seeds(effect.interaction.seeds_needed)} needed" in format_interaction(effect)
