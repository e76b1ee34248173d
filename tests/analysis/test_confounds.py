"""What else differs between two recipes, in words."""

import pytest

from tricks.analysis.confounds import find_confounds
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe

BASELINE = Recipe()


def read(reference: Recipe = BASELINE, **values) -> str:
    """All that differs from the reference, as one text."""
    return "; ".join(find_confounds(Recipe(**values), reference))


@pytest.mark.parametrize("values", [{}, {"flip": True}, {"grad_clip": 1.0}, {"batch_norm": "before"}])
def test_a_single_trick_has_no_confounds(values):
    """A recipe that differs in one trick, and in nothing that can be counted, is a clean comparison."""
    assert "" == read(**values)


def test_residual_is_several_things_at_once():
    """The blog's residual setting is BatchNorm, a second convolution and a shortcut, with parameters of their own."""
    words = read(**PRESETS["residual"].values)

    assert "2 tricks at once (BatchNorm before instead of none, Block residual instead of conv)" in words
    assert "a second convolution as well as the shortcut" in words
    assert "212,714 parameters instead of 122,570 (1.7 times as many)" in words
    assert "operations per image" in words


def test_a_second_convolution_is_named_from_both_sides():
    """Whichever of the two is the reference, residual blocks are more than the shortcut."""
    assert "a second convolution as well" in "; ".join(find_confounds(BASELINE, Recipe(block="residual")))


def test_double_is_the_control_of_residual():
    """Against double blocks with the same BatchNorm, residual differs in the shortcut alone."""
    words = read(reference=Recipe(batch_norm="before", block="double"), **PRESETS["residual"].values)

    assert "at once" not in words and "second convolution" not in words


def test_deeper_is_wider_as_well():
    """The blog's deeper setting is named as wider and deeper at once."""
    assert "2 tricks at once (Dense width 512 instead of 64, Dense layers 2" in read(**PRESETS["deeper"].values)


def test_a_larger_batch_takes_fewer_steps():
    """Batch 128 is half the optimiser steps at the same learning rate."""
    words = read(**PRESETS["batch-128"].values)

    assert "3,910 optimiser steps instead of 7,820 (50% of them)" in words
    assert "the same learning rate over another number of steps" in words


def test_a_scaled_learning_rate_is_named():
    """With another learning rate as well, that is one of several tricks, and no hidden one."""
    words = read(batch_size=128, learning_rate=2e-3)

    assert "Learning rate 0.002 instead of 0.001" in words
    assert "the same learning rate" not in words


def test_other_images_are_no_comparison():
    """Recipes of different datasets are not comparable, and that comes first."""
    words = find_confounds(Recipe(dataset="toy"), BASELINE)

    assert "other images, so their accuracies cannot be compared at all" == words[0]
