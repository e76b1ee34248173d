"""One recipe on Inside: its figures, its seeds together, and its images."""

import pytest

from tests.pages.inside.reading import TOY, list_pictures, open_inside
from tests.pages.reading import read
from tricks.recipe.link import write_word

pytestmark = pytest.mark.usefixtures("engine")


def test_one_recipe_is_shown(predict):
    """Of one recipe there are its figures, the matrix, the classes, and the images that most seeds get wrong."""
    predict(TOY, 3)

    page = open_inside()

    assert ["Accuracy of a seed", "Majority of 3 seeds", "Wrong in most seeds", "Wrong in all"] == [
        metric.label for metric in page.metric
    ]
    assert float(page.metric[1].value.rstrip("%")) > float(page.metric[0].value.rstrip("%")) + 5
    assert 2 == len(page.get("vega_lite_chart"))
    assert "images that most seeds get wrong" in read(page)
    assert 24 == list_pictures(page)[0].count("<img ") == list_pictures(page)[0].count(" alt='Test image ")
    assert write_word(TOY) == page.query_params["recipe"]


def test_two_seeds_have_no_majority(predict):
    """Of two seeds that differ the first would have the last word: they are no ensemble, alone or beside another."""
    predict(TOY, 2)

    assert not any("Majority" in metric.label for metric in open_inside().metric)


def test_more_images_come_when_asked_for(predict):
    """A press shows more of the same images."""
    predict(TOY, 1)
    page = open_inside()

    next(button for button in page.button if "More of these" in button.label).click().run()

    assert 48 == list_pictures(page)[0].count("<img ")
