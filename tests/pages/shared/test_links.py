"""Links: a comparison opens as it was sent, on any host and below any path."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import SlowEngine
from tests.pages.reading import open_page
from tricks.lab import open_lab
from tricks.pages.shared.links import link_to, link_to_answer, link_to_compare
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe

BASELINE, FLIP = Recipe(), Recipe(flip=True)
pytestmark = pytest.mark.usefixtures("engine")
open_compare = partial(open_page, "compare.page")


def list_shown(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["recipe"])


def test_a_link_to_a_recipe_is_relative():
    """A link to the first page holds wherever the lab is served."""
    assert ("./?block=residual&flip=true", "./?") == (link_to(Recipe(flip=True, block="residual")), link_to(BASELINE))


def test_a_link_to_a_comparison_carries_what_is_chosen():
    """A link to Compare names the reference and the measure where they are not the usual ones, each recipe once."""
    assert "./compare?recipe=flip~true&recipe=baseline" == link_to_compare([FLIP, BASELINE, FLIP])
    assert "./compare?recipe=flip~true&reference=baseline&measure=last" == link_to_compare([FLIP], BASELINE, "last")


def test_a_link_to_what_helps_carries_the_base():
    """A link to What helps? names what the tricks are switched on in, and its images."""
    assert "./what-helps?base=flip~true" == link_to_answer(FLIP)
    assert "./what-helps?images=toy&base=dataset~toy" == link_to_answer(Recipe(dataset="toy"))


def test_a_comparison_opens_on_a_host_that_does_not_know_it(fill):
    """The link carries recipes and reference, so that they can be seen, and trained, where nobody has yet."""
    fill(BASELINE, 0.7)

    page = open_compare(recipe=[write_word(FLIP), write_word(BASELINE)], reference="block~residual~epochs~20")

    assert ["flip", "baseline"] == list_shown(page)
    assert Recipe(block="residual", epochs=20).key == page.selectbox(key="reference").value
    assert ["flip~true", "baseline"] == page.query_params["recipe"]
    assert not page.warning


def test_what_is_no_recipe_is_told(fill):
    """A part of the link that is no recipe is told, and the rest of the comparison holds."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)

    page = open_compare(recipe=["flip~true", "block~cubic", "nonsense"], reference="x~y", utm_source="z")

    told = [warning.value.replace("\\", "") for warning in page.warning]
    assert ["flip"] == list_shown(page)
    assert ["block~cubic", "nonsense", "x~y"] == [words.split("=")[1].split(",")[0] for words in told]
    assert "utm_source" in page.query_params


def test_an_empty_comparison_stays_empty(fill):
    """Who clears Compare and reloads finds it clear."""
    fill(BASELINE, 0.7)
    page = open_compare()
    page.multiselect(key="picked").set_value([]).run()

    again = open_compare(recipe=page.query_params["recipe"])

    assert [] == again.multiselect(key="picked").value


def test_what_charts_show_is_in_the_link(fill):
    """Bars and horizontal axis are as the sender had them; what does not exist is told and ignored."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)
    page = open_compare(shown="difference", axis="sideways")

    page.segmented_control(key="axis").set_value("seconds").run()

    assert "difference" == page.segmented_control(key="shown").value
    assert ("difference", "seconds") == tuple(page.query_params[name] for name in ("shown", "axis"))
    assert "axis=sideways, which does not exist" in open_compare(axis="sideways").toast[0].value.replace("\\", "")


def test_a_near_miss_is_told(fill):
    """A name that is nearly one of the page's is told; a tracker's says nothing."""
    fill(BASELINE, 0.7)

    page = open_compare(recipes="flip~true", fbclid="x")

    assert ["The link says recipes, which is ignored: did you mean recipe?"] == [
        warning.value.replace("\\", "") for warning in page.warning
    ]


def test_short_trainings_are_compared_with_the_short_baseline(fill):
    """The usual reference has the epochs of the chosen recipes, also where nobody has trained it yet."""
    fill(BASELINE, 0.7)
    fill(Recipe(epochs=2, flip=True), 0.4)

    page = open_compare(recipe=["epochs~2", "flip~true~epochs~2"])
    alone = open_compare(recipe=["epochs~2"])

    assert Recipe(epochs=2).key == page.selectbox(key="reference").value
    assert BASELINE.key == alone.selectbox(key="reference").value


def test_what_a_comparison_misses_can_be_trained(engine, fill):
    """From Compare one can ask for the seeds that its recipes miss, the reference's among them."""
    engine(SlowEngine())
    fill(FLIP, 0.8)
    page = open_compare(recipe=["flip~true"], reference="baseline")
    page.session_state["more-seeds"] = True
    page.run()

    page.button(key="ask-missing").click().run()

    assert {(BASELINE, 0), (FLIP, 3)} <= {(each.run.recipe, each.run.seed) for each in open_lab().scheduler.queue()}
