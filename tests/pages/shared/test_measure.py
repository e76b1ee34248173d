"""The accuracy by which recipes are compared: chosen once, carried by links, and named where it is another."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.compare.reading import BASELINE, FLIP, open_compare
from tests.pages.reading import read
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def test_the_measure_is_in_the_link(fill):
    """Who opens a link sees settled accuracies or those after the last epoch, as its sender did."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)

    page = open_compare(BASELINE, FLIP, measure="last")
    linked, words = page.query_params["measure"], read(page)
    page.segmented_control(key="measure").set_value("settled").run()

    assert not page.exception
    assert ("last", True) == (linked[0] if isinstance(linked, list) else linked, "after the last epoch**" in words)
    assert "measure" not in page.query_params


def test_other_schedules_are_compared_after_the_last_epoch(fill):
    """A recipe with another schedule is compared by its last epoch, and its row says so."""
    fill(BASELINE, 0.7, 0.71)
    fill(Recipe(schedule="cosine"), 0.8, 0.81)
    fill(FLIP, 0.8, 0.81)

    page = open_compare(Recipe(schedule="cosine"), FLIP)

    assert not page.exception
    assert ["after the last epoch", "settled"] == list(page.dataframe[0].value["measure"])


def test_a_measure_that_came_by_link_stays(fill, tmp_path):
    """Who opens a link with accuracies after the last epoch finds them on the next page, and on the way back."""
    fill(BASELINE, 0.7)
    (tmp_path / "pages").mkdir()
    for place, name in (("compare", "compare"), ("pages/what_helps", "what_helps")):
        (tmp_path / f"{place}.py").write_text(f"from tricks.pages.{name} import page\npage.show()")
    page = AppTest.from_file(str(tmp_path / "compare.py"), default_timeout=30)
    page.query_params["measure"] = "last"
    page.run()

    for place in ("pages/what_helps.py", "compare.py"):
        page.query_params.clear()  # As a browser does when a link of the navigation is followed.
        page.switch_page(place).run()

        assert "last" == page.segmented_control(key="measure").value == page.query_params["measure"]


def test_the_measure_is_chosen_once(fill, tmp_path):
    """Who wants accuracies after the last epoch gets them on the next page too."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)
    (tmp_path / "pages").mkdir()
    for place, name in (("compare", "compare"), ("pages/what_helps", "what_helps")):
        (tmp_path / f"{place}.py").write_text(f"from tricks.pages.{name} import page\npage.show()")

    page = AppTest.from_file(str(tmp_path / "compare.py"), default_timeout=30)
    page.query_params["recipe"] = [write_word(FLIP)]
    page.run().segmented_control(key="measure").set_value("last").run()
    page.switch_page("pages/what_helps.py").run()

    assert not page.exception
    assert "last" == page.segmented_control(key="measure").value == page.query_params["measure"]
    assert "Points of test accuracy, after the last epoch" in read(page)
