"""An image of the visitor's own: what is taken for one, and what the page says of it."""

import base64

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages.inside.own_images import PIXELS, TOY
from tests.pages.reading import open_page, read
from tricks.charts.colors import Sign
from tricks.images.test_set import open_test_set
from tricks.lab import open_lab
from tricks.pages.inside import own_image
from tricks.pages.inside.answers import format_likeliest, list_rows
from tricks.pages.inside.own_image import list_offered, read_choice
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

SENT = base64.b64encode(PIXELS.tobytes()).decode()
pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def images(tmp_path):
    """The toy set's test images."""
    return open_test_set("toy", tmp_path)


def open_own_image() -> AppTest:
    """The page with this part opened."""
    page = AppTest.from_string("from tricks.pages.inside import page\npage.show()", default_timeout=30)
    page.session_state["own-image"] = True
    page.run()
    assert not page.exception
    return page


def test_pixels_are_taken_as_they_were_sent(images):
    """What the browser sends are the pixels that the network sees."""
    pixels, label = read_choice({"pixels": SENT}, images)

    assert np.array_equal(PIXELS, pixels)
    assert label is None


def test_a_test_image_has_its_label(images):
    """Of a test image the label is known."""
    pixels, label = read_choice({"place": 7}, images)

    assert np.array_equal(images.read([7])[0], pixels)
    assert images.labels[7] == label


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"pixels": ""},
        {"pixels": SENT[:-4]},
        {"pixels": SENT + SENT},
        {"pixels": "!" * len(SENT)},
        {"pixels": "é" * len(SENT)},
        {"pixels": "=" * len(SENT)},
        {"pixels": 3},
        {"pixels": [1, 2]},
        {"place": -1},
        {"place": 500},
        {"place": "7"},
        {"place": True},
        {"place": 1e9},
    ],
    ids=str,
)
def test_what_is_no_image_is_none(images, choice):
    """Whatever else a browser sends is no image, and no error."""
    assert (None, None) == read_choice(choice, images)


def test_without_test_images_there_are_none_to_choose(tmp_path):
    """Where the data are not there, a place is nothing, and pixels are what they are."""
    nowhere = open_test_set("cifar10", tmp_path)

    assert (None, None) == read_choice({"place": 7}, nowhere)
    assert np.array_equal(PIXELS, read_choice({"pixels": SENT}, nowhere)[0])


def test_two_images_of_each_class_are_offered(images):
    """Twenty test images can be chosen, two of each class."""
    labels = images.labels[list_offered(images)]

    assert [2] * 10 == np.bincount(labels).tolist()


def test_the_spread_is_that_of_the_seeds():
    """A recipe says what its seeds say in the mean, from the lowest to the highest, the likeliest two in words."""
    answers = np.array([[0.6, 0.3, 0.1], [0.8, 0.1, 0.1]])

    rows = list_rows(0, TOY, answers, Sign(color="#000000"), ["cat", "dog", "frog"])

    first = next(row for row in rows if row["kind"] == "mean")
    assert (0.7, 0.6, 0.8) == pytest.approx((first["value"], first["low"], first["high"]))
    assert [0.6, 0.8] == [row["value"] for row in rows if row["kind"] == "seed" and row["label"] == "cat"]
    assert format_likeliest(TOY, answers, ["cat", "dog", "frog"]).endswith("(2 seeds): cat 70%, dog 20%")


def test_the_page_asks_for_an_image(train):
    """At first there is the choice of an image, and where it goes."""
    train(TOY)

    page = open_own_image()

    assert "only the 32 x 32 pixels that a network sees are sent" in read(page)
    assert [TOY.key] == page.multiselect(key="asked").value


def test_the_page_shows_what_each_recipe_says(train, monkeypatch):
    """Several recipes answer side by side; one whose weights are damaged says so."""
    monkeypatch.setattr(own_image, "take_choice", lambda images, dataset: {"place": 7})
    flip = Recipe(dataset="toy", conv_width=0.125, dense_width=8, flip=True)
    train(TOY)
    train(flip)
    page = open_own_image()

    page.multiselect(key="asked").set_value([TOY.key, flip.key]).run()

    legend = next(html.proto.body for html in page.get("html") if "(1 seed): pattern" in html.proto.body)
    assert not page.exception
    assert 2 == legend.count("(1 seed): pattern")
    assert "What the networks see, label pattern" in read(page)

    open_lab().store.path(Run(recipe=flip, seed=0), ".weights.safetensors").write_bytes(b"w")
    st.cache_resource.clear()
    assert "does not answer: its weights are damaged" in read(page.run())


def test_the_link_names_a_test_image(train):
    """A link opens the page with what is said of one test image; what is no place is ignored."""
    train(TOY)

    page = open_page("inside.page", image="7")

    assert "What the networks see, label pattern" in read(page)
    for nowhere in ("-1", "500", "x", "99999999999999999999"):
        page = open_page("inside.page", image=nowhere)
        assert "image" not in page.query_params


def test_without_kept_weights_the_page_says_so(train):
    """Where no network is kept, the page says what to do."""
    run = train(TOY)
    open_lab().store.path(run, ".weights.safetensors").unlink()

    assert "No weights are kept" in read(open_own_image())
