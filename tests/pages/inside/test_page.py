"""The page Inside where there is nothing to look into, and the ways that lead there."""

import pytest

from tests.pages.inside.reading import FLIP, TOY, open_inside
from tests.pages.reading import open_page, read
from tricks.pages.shared.links import link_to_inside
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def test_an_empty_lab_says_so():
    """Where nothing has been trained, the page says what to do."""
    assert "Nothing has been trained yet" in read(open_inside())


def test_without_runs_there_is_a_way_on(predict):
    """A recipe that nobody has trained leads to Train."""
    predict(TOY, 1)

    page = open_inside(FLIP)

    assert "No run of flip (toy) is finished yet: [train a seed of it](./?dataset=toy&flip=true)" in read(page)
    assert not page.get("vega_lite_chart")


def test_other_pages_lead_inside(predict):
    """Train leads inside its recipe, Compare inside the recipe in question and its reference."""
    predict(TOY, 2)
    predict(FLIP, 2)
    train, compare = open_page("train.page", dataset="toy"), open_page("compare.page", FLIP, TOY)

    assert f"[look inside]({link_to_inside([TOY])})" in read(train)
    assert f"[Look inside]({link_to_inside([FLIP, TOY])})" in read(compare)


def test_links_lead_inside():
    """A link to Inside is relative, and carries one recipe or two."""
    assert "./inside?recipe=flip~true&recipe=baseline" == link_to_inside([Recipe(flip=True), Recipe()])
