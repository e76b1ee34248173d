"""Every trick has its picture, which shows what the trick does, and the same picture again."""

import numpy as np
import pytest

from tests.training.pictures.drawing import NOWHERE, draw
from tricks.catalogue.trick import PICTURES
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.pictures.draw import ALBUMS, CURVES, draw_picture

DRAWN = {name: trick for name, trick in TRICKS.items() if trick.picture not in ("", "network")}
pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_kind_has_its_maker():
    """Every kind of picture is made here, but the drawing of the network, which needs no PyTorch."""
    assert set(PICTURES) - {"network"} == set(CURVES) | set(ALBUMS)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_shows_its_trick(name):
    """Every picture has numbers, and what it shows is not the same with the trick as without."""
    arrays = draw(name)
    numbers = [array for array in arrays.values() if array.dtype.kind == "f"]
    sides = [arrays[side] for side in (("off", "on") if "on" in arrays else ("before", "after")) if side in arrays]

    assert all(np.isfinite(array).all() for array in numbers)
    assert "stand_in" not in arrays
    if name == "label_noise":
        assert any(", not " in words for words in arrays["words"])
    elif sides:
        assert not np.array_equal(*sides)


@pytest.mark.parametrize("name", DRAWN)
def test_a_draw_can_be_repeated(name):
    """The same draw is the same picture."""
    first, again = draw(name, 3), draw(name, 3)

    assert all(np.array_equal(first[key], again[key]) for key in first)


def test_a_trick_without_a_picture_is_refused():
    """Asking for the picture of a trick that has none is an error in one sentence."""
    with pytest.raises(ValueError, match="^there is no picture of precision$"):
        draw_picture(Recipe(), "precision", 0, NOWHERE)
