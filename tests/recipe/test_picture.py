"""What a trick's picture is made of."""

import pytest

from tricks.recipe.picture import picture_value, reduce_to_picture, switch_off
from tricks.recipe.recipe import TRICKS, Recipe


@pytest.mark.parametrize("name", TRICKS)
def test_a_picture_has_its_trick_on(name):
    """The recipe of a picture has the trick on, at the value that the visitor chose, else at the recommended one."""
    trick = TRICKS[name]

    assert trick.recommended == getattr(reduce_to_picture(trick, Recipe()), name)
    for value in trick.choices or trick.picks:
        assert value == getattr(picture_value(trick, value, Recipe()), name)


def test_a_picture_depends_on_its_own_fields_only():
    """Recipes that differ in what a picture does not show share it."""
    one, other = Recipe(flip=True), Recipe(flip=True, block="residual", epochs=20, cutout=8)

    assert Recipe(flip=True) == reduce_to_picture(TRICKS["flip"], one) == reduce_to_picture(TRICKS["flip"], other)


def test_learning_rates_are_those_of_this_very_recipe():
    """The curve of a schedule has the recipe's rate, warm-up and length."""
    recipe = Recipe(schedule="cosine", warmup=0.1, epochs=20, learning_rate=0.002, flip=True)

    assert reduce_to_picture(TRICKS["schedule"], recipe) == Recipe(
        schedule="cosine", warmup=0.1, epochs=20, learning_rate=0.002
    )


def test_what_a_trick_needs_is_as_in_the_recipe():
    """A trick that acts with another is shown with that one as it is in the recipe, or as it is measured."""
    crop_fill = TRICKS["crop_fill"]

    assert 4 == reduce_to_picture(crop_fill, Recipe(crop_padding=4)).crop_padding
    assert 2 == reduce_to_picture(crop_fill, Recipe()).crop_padding


def test_an_optimizer_is_shown_with_its_rate():
    """An optimiser has the rate that suits it, and so has the one that it is shown against."""
    recipe = picture_value(TRICKS["optimizer"], "sgd", Recipe())

    assert 0.05 == recipe.learning_rate
    assert Recipe() == switch_off(TRICKS["optimizer"], recipe)
