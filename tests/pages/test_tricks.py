"""The tricks: every one can be linked to, with its picture, its evidence and its sources."""

import re
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.pictures import HerePictures
from tests.pages.reading import open_page, press, read
from tricks.lab import open_lab
from tricks.pages.shared.links import link_to_trick
from tricks.pages.tricks.facts import link_papers
from tricks.recipe.recipe import TRICKS, Recipe

KINDS = {trick.picture: name for name, trick in TRICKS.items()}  # A trick with each kind of picture, and one without.
pytestmark = pytest.mark.usefixtures("engine", "one_thread")
open_tricks = partial(open_page, "tricks.page")


def list_html(page: AppTest) -> str:
    return " ".join(html.proto.body for html in page.get("html"))


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_every_trick_has_its_place(name):
    """A link to a trick opens its title, why, when it helps, its picture or the reason why none, and its sources."""
    page, trick = open_tricks(trick=name), TRICKS[name]
    words = read(page)

    assert trick.title in [header.value for header in page.header]
    assert trick.why in words
    assert trick.helps in words
    assert re.search(r"Source.*\]\(https?://", words)
    assert 1 <= words.count("[Train it](./") <= 3
    if trick.no_picture:
        assert trick.no_picture in words
    elif trick.picture in ("network", "images", "sheet", "filters"):
        assert "class='network'" in list_html(page) or "data:image/png" in list_html(page)
    else:
        assert 1 == len(page.get("vega_lite_chart"))


def test_every_trick_is_in_the_list():
    """The page ends with links to all tricks."""
    words = read(open_tricks())

    assert all(f"]({link_to_trick(name)})" in words for name in TRICKS)


def test_a_wrong_trick_in_a_link_is_told():
    """A link to a trick that does not exist shows the first one, and says so."""
    page = open_tricks(trick="nonsense")

    assert ["The link asks for trick=nonsense, which does not exist: it is ignored."] == [
        toast.value.replace("\\", "") for toast in page.toast
    ]


def test_what_is_measured_is_told(fill):
    """A trick with runs on both sides has its difference, its verdict and its costs."""
    fill(Recipe(), 0.7, 0.701, 0.702)
    fill(Recipe(flip=True), 0.75, 0.751, 0.752)

    words = read(open_tricks(trick="flip"))

    assert "On the baseline, flip: +5.0 points" in words
    assert "better (clear" in words
    assert "In a strong recipe, flip: not measured yet" in words
    assert "seconds ×1.0" in words


def test_a_picture_is_drawn_anew():
    """A press draws another one, and the next press yet another."""
    page = open_tricks(trick="flip")
    first = list_html(page)

    press(press(page, "Draw anew"), "Draw anew")

    assert first != list_html(page)
    assert {0, 1, 2} == set(open_lab().pictures.draws)


def test_another_value_is_another_picture():
    """The picture follows the value that is chosen."""
    page = open_tricks(trick="cutout")
    first = list_html(page)

    page.segmented_control(key="value-cutout").set_value(16).run()

    assert first != list_html(page)


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ({"trouble": "the process that draws ended unexpectedly"}, "There is no picture now: the process that draws"),
        ({"is_slow": True}, "The picture is being drawn"),
    ],
    ids=["dead", "slow"],
)
def test_a_missing_picture_is_a_sentence(monkeypatch, tmp_path, faults, sentence):
    """A process that draws nothing leaves the rest of the page as it is, and a sentence in the picture's place."""
    monkeypatch.setattr("tricks.lab.Pictures", lambda folder: HerePictures(folder, **faults))

    words = read(open_tricks(trick="flip"))

    assert sentence in words
    assert TRICKS["flip"].helps in words


def test_sources_are_links():
    """Each address of a source is a link under the words before it."""
    assert "[A 2018](https://a.org/x); [B 2016](https://b.org)" == link_papers(
        "A 2018, https://a.org/x; B 2016, https://b.org"
    )
    assert "[B](https://b.org); C" == link_papers("B, https://b.org; C")
