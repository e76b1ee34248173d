"""The page Compare in its rarer states: little or nothing is known, seeds that are not common, or forty recipes."""

import pytest

from tests.fakes import FakeEngine
from tests.pages.compare.reading import BASELINE, FLIP, list_specs, open_compare
from tests.pages.reading import open_page, read
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

pytestmark = pytest.mark.usefixtures("engine")


def test_what_nothing_is_known_of_costs_nothing(fill):
    """Where no chosen recipe has a run on the reference's images, the page says so instead of an empty chart."""
    fill(BASELINE, 0.7)
    fill(Recipe(dataset="toy"), 0.5)

    page = open_compare(Recipe(dataset="toy"), reference=BASELINE)

    assert not page.exception
    assert "None of the chosen recipes has a finished run on the reference's images." in read(page)


def test_seeds_need_not_be_common(fill, tmp_path):
    """Recipes without a seed in common are compared by the means of what they have."""
    fill(BASELINE, 0.7)
    list(execute(Store(tmp_path), FakeEngine(), Run(recipe=FLIP, seed=3)))

    page = open_compare(BASELINE, FLIP)
    page.segmented_control(key="shown").set_value("difference").run()

    assert not page.exception
    assert -17.0 == pytest.approx(page.dataframe[0].value.set_index("recipe").loc["flip"]["difference"])
    assert 4 == len(list_specs(page))


def test_forty_recipes_are_shown(fill):
    """Forty recipes are one page, with a row and a bar each."""
    recipes = [Recipe(dense_width=width) for width in range(64, 104)]
    for recipe in recipes:
        fill(recipe, 0.7)

    page = open_compare(*recipes)

    assert not page.exception
    assert 40 == len(page.dataframe[0].value)
    assert "means alone, for clarity" in read(page)


def test_compare_says_when_there_is_nothing(engine):
    """Compare on an empty cache says what to do."""
    page = open_page("compare.page")

    assert not page.exception
    assert "Nothing has been trained yet" in read(page)
