"""Finished runs are seen again on Inside: their curves, their filters, and which seed."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.inside.reading import FLIP, TOY, list_html, open_inside
from tests.pages.reading import read
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def open_replay(page: AppTest) -> AppTest:
    page.session_state["replay"] = True
    page.run()
    assert not page.exception
    return page


def test_a_run_can_be_seen_again(predict):
    """A finished run plays its curves again when asked to, and shows its first filters before and after."""
    predict(TOY, 2)
    page = open_replay(open_inside(TOY))
    assert "animation:none" in list_html(page, "st-key-replay-loss")[0]

    page.button(key="play").click().run()

    assert not page.exception
    assert "animation:uncover-1 10s linear" in list_html(page, "st-key-replay-loss")[0]
    assert 2 == len(list_html(page, "class='filters'"))
    assert "32 first filters before training" in list_html(page, "class='filters'")[0]


def test_the_link_chooses_the_seed_that_is_seen_again(predict):
    """The link names the seed, where it is not the usual one."""
    predict(TOY, 3)

    page = open_inside(TOY, seed="2")
    assert 2 == page.selectbox(key="seed").value
    page.selectbox(key="seed").set_value(0).run()

    assert "seed" not in page.query_params


def test_without_weights_there_are_no_filters(predict, tmp_path):
    """Where weights were deleted there are curves alone; where it is not known how they began, the end alone."""
    predict(TOY, 1)
    predict(Recipe(dataset="toy", init="kaiming"), 1)
    for path in tmp_path.glob("*baseline*.weights.safetensors"):
        path.unlink()

    assert "The weights of this seed are not kept" in read(open_replay(open_inside(TOY)))
    other = open_replay(open_inside(Recipe(dataset="toy", init="kaiming")))
    assert "only the end is shown" in read(other)
    assert 1 == len(list_html(other, "class='filters'"))


def test_runs_of_no_common_seed_are_seen_together(predict, tmp_path):
    """Two recipes without a seed in common are shown each with its first."""
    predict(TOY, 1)
    predict(FLIP, 2)
    for path in tmp_path.glob("*flip*-s0.*"):
        path.unlink()

    page = open_replay(open_inside(TOY, FLIP))

    assert 4 == len(list_html(page, "class='filters'"))
    assert "seed" not in [box.key for box in page.selectbox]


@pytest.mark.parametrize(
    ("values", "other", "is_told"),
    [
        ({}, {"flip": True}, False),
        ({}, {"label_smoothing": 0.1}, True),
        ({"loss": "squared"}, {"loss": "squared", "flip": True}, False),
    ],
)
def test_different_losses_are_told(predict, values, other, is_told):
    """Of two recipes that are trained by different losses that is said, and of equal ones, whichever, it is not."""
    recipes = [Recipe(dataset="toy", **each) for each in (values, other)]
    for recipe in recipes:
        predict(recipe, 1)

    assert is_told == ("the two are different losses" in read(open_replay(open_inside(*recipes))))
