"""How much a visitor may ask for."""

import pytest

from tricks.recipe.recipe import Recipe
from tricks.scheduling.limits import NO_LIMITS, LimitExceeded, Limits


def test_limits_are_read():
    """Limits are names of tricks with the most that a visitor can ask for, perhaps with the least before it."""
    limits = Limits.read("epochs=40, conv_width=0.5..2,batch_size=16..1024", 60)

    assert {"epochs": (1, 40), "conv_width": (0.5, 2.0), "batch_size": (16, 1024)} == limits.ranges


@pytest.mark.parametrize(
    "text",
    [
        *("epoch=4", "epochs", "epochs=many", "block=conv", "flip=true", "=", "epochs=-1"),
        *("batch_size=16..", "batch_size=..16", "batch_size=32..16", "batch_size=1...5", "batch_size=1..2..3"),
    ],
)
def test_nonsense_limits_are_one_sentence(text):
    """Limits that are none are refused with a sentence."""
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        Limits.read(text, 60)


@pytest.mark.parametrize(("epochs", "fits"), [(1, True), (40, True), (41, False)])
def test_a_recipe_above_a_limit_is_refused(epochs, fits):
    """A recipe may have as much as the limit, and not more; the sentence names both."""
    limits = Limits.read("epochs=40", 60)

    if fits:
        limits.check_recipe(Recipe(epochs=epochs))
    else:
        with pytest.raises(LimitExceeded, match="epochs up to 40, and this recipe has 41"):
            limits.check_recipe(Recipe(epochs=epochs))


@pytest.mark.parametrize(("batch_size", "fits"), [(15, False), (16, True), (1024, True), (1025, False)])
def test_a_recipe_below_a_limit_is_refused(batch_size, fits):
    """Where a limit has a lower end, a recipe may not have less: single images cost a step each."""
    limits = Limits.read("batch_size=16..1024", 60)

    if fits:
        limits.check_recipe(Recipe(batch_size=batch_size))
    else:
        with pytest.raises(LimitExceeded, match=f"batch size from 16 to 1024, and this recipe has {batch_size}"):
            limits.check_recipe(Recipe(batch_size=batch_size))


def test_an_address_has_so_many_minutes():
    """All visitors of one address together have their share; without an address there is no end."""
    Limits.read("", 60, 100).check_address(60, 40)
    Limits.read("", 60).check_address(1e9, 1e9)

    with pytest.raises(LimitExceeded, match="visitors from your network have about 60 min"):
        Limits.read("", 60, 100).check_address(60, 41)


@pytest.mark.parametrize(("waiting", "further", "sentence"), [(50, 20, "50 min of"), (0, 61, "fewer epochs")])
def test_a_visitor_has_so_many_minutes(waiting, further, sentence):
    """Whoever has, or would have, more minutes in the queue than the host gives is told what to do."""
    with pytest.raises(LimitExceeded, match=sentence):
        Limits.read("", 60).check_queue(waiting, further)


def test_what_fits_is_not_refused():
    """The whole of what the host gives can be used; without limits there is no end."""
    Limits.read("", 60).check_queue(40, 20)
    NO_LIMITS.check_queue(1e9, 1e9)
    NO_LIMITS.check_recipe(Recipe(epochs=200))
