"""Two recipes beside each other on Inside: by class, and image by image."""

import pytest

from tests.pages.inside.reading import FLIP, TOY, list_pictures, open_inside
from tests.pages.reading import read
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def test_two_recipes_are_shown_beside_each_other(predict):
    """Of two recipes there are differences by class, corrected for ten, and the images that only one gets right."""
    predict(TOY, 3, wrong=0.1)
    predict(FLIP, 3, wrong=0.9)

    page = open_inside(TOY, FLIP)

    assert "corrected for 10 classes" in read(page)
    assert "Clearly ahead on pattern 0" in read(page)
    assert "By luck alone: about" in read(page)
    assert "Right with baseline (toy):" in read(page).replace("**", "")
    assert 2 == len(page.get("vega_lite_chart"))
    assert "votes: 3 of pattern" in list_pictures(page)[0]
    assert [write_word(TOY), write_word(FLIP)] == page.query_params["recipe"]


def test_recipes_of_one_seed_each(predict):
    """With a seed each nothing is clear, and the page says so instead of failing."""
    predict(TOY, 1)
    predict(FLIP, 1, wrong=0.5)

    assert "No class is clear yet" in read(open_inside(TOY, FLIP))


def test_recipes_of_other_images_are_not_compared(predict):
    """What has learned other images is not compared."""
    predict(TOY, 1)

    assert "have learned other images" in read(open_inside(TOY, Recipe()))
