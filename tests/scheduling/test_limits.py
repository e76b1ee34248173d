"""How much a visitor may ask for."""

import pytest

from tricks.recipe.recipe import Recipe
from tricks.scheduling.limits import NO_LIMITS, LimitExceeded, Limits


def test_limits_are_read():
    """Limits are names of tricks with the most that a visitor can ask for."""
    assert {"epochs": 40, "conv_width": 2.0} == Limits.read("epochs=40, conv_width=2", 60).most


@pytest.mark.parametrize("text", ["epoch=4", "epochs", "epochs=many", "block=conv", "flip=true", "=", "epochs=-1"])
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
