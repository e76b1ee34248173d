"""The drawing of a network: what is in it, and what is coloured."""

import base64
import re
from html.parser import HTMLParser

import pytest

from tricks.charts.network import NAMES, Scale, draw_network, draw_volume
from tricks.recipe.network import describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe


def read_front(volume: str) -> tuple[float, float]:
    """How deep and how high a box is drawn."""
    svg = base64.b64decode(re.search("base64,([^']+)", volume)[1]).decode()
    points = [tuple(map(float, one.split(","))) for one in re.search("points='([^']+)'", svg)[1].split()]
    return points[1][0] - points[0][0], points[2][1] - points[1][1]


class Reader(HTMLParser):
    """Collects the texts of a page, those that are coloured among them; fails at tags that do not fit."""

    def __init__(self, html: str):
        super().__init__()
        self.texts: list[str] = []
        self.coloured: list[str] = []
        self.open: list[tuple[str, dict]] = []
        self.items = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag != "img":  # It has no end.
            self.open.append((tag, dict(attributes)))
        self.items += dict(attributes).get("role") == "listitem"

    def handle_endtag(self, tag):
        assert tag == self.open.pop()[0]

    def handle_data(self, text):
        if self.open[-1][0] != "style":
            self.texts.append(text)
        if self.open[-1][1].get("class") == "new":
            self.coloured.append(text)


def test_the_baseline_is_drawn_from_input_to_output():
    """The baseline's drawing has the image, three stages and the head, each with its layers and its shape."""
    drawing = Reader(draw_network(Recipe()))

    stages = [
        ["stage 1", "conv 3×3, 32", "ReLU", "max-pool 2×2", "16 × 16 × 32"],
        ["stage 2", "conv 3×3, 64", "ReLU", "max-pool 2×2", "8 × 8 × 64"],
        ["stage 3", "conv 3×3, 64", "ReLU", "max-pool 2×2", "4 × 4 × 64"],
    ]
    head = ["head", "dense 64", "ReLU", "dense 10", "10 classes"]
    assert ["image", "32 × 32 × 3", *sum(stages, []), *head] == drawing.texts


@pytest.mark.parametrize(
    ("values", "coloured"),
    [
        ({}, []),
        ({"dense_width": 512}, ["dense 512"]),
        ({"dense_width": 512, "dense_layers": 2}, ["dense 512", "dense 256", "ReLU"]),
        ({"batch_norm": "before"}, ["BatchNorm"] * 3),
        ({"block": "double"}, ["conv 3×3, 32", "ReLU", "conv 3×3, 64", "ReLU", "conv 3×3, 64", "ReLU"]),
        ({"conv_dropout": 0.2}, ["dropout 0.2"] * 3),
        ({"activation": "gelu"}, ["GELU"] * 4),
        ({"pooling": "average", "head": "average"}, ["average-pool 2×2"] * 3 + ["mean of each channel"]),
        ({"pooling": "stride"}, ["conv 3×3, 32, stride 2", "conv 3×3, 64, stride 2", "conv 3×3, 64, stride 2"]),
        ({"kernel": 5}, ["conv 5×5, 32", "conv 5×5, 64", "conv 5×5, 64"]),
        ({"grad_clip": 1.0, "batch_size": 128, "epochs": 20}, []),
    ],
    ids=str,
)
def test_what_the_baseline_does_not_have_is_coloured(values, coloured):
    """Layers that the baseline's block has not, or not so many of, are coloured, and no others."""
    assert coloured == Reader(draw_network(Recipe(**values))).coloured


def test_a_shortcut_is_drawn_as_such():
    """A residual stage shows its shortcut."""
    drawing = Reader(draw_network(Recipe(block="residual")))

    shortcuts = ["shortcut: conv 1×1, 32", "shortcut: conv 1×1, 64", "shortcut: conv 1×1, 64"]
    assert shortcuts == [text for text in drawing.coloured if text.startswith("shortcut")]


def test_a_shortcut_goes_around_what_it_skips():
    """The convolutions that a shortcut skips stand beside it, and the sum and what follows it stand below both."""
    html = draw_network(Recipe(block="residual")).split("role='listitem'")[2]
    beside = html.partition("class='around'")[2].partition("sum of both")

    assert 2 == beside[0].count("conv 3×3")
    assert "shortcut: conv 1×1" in beside[0].partition("class='shortcut'")[2]
    assert "max-pool" in beside[2]


def test_boxes_are_to_scale():
    """A box is as high as the image and as deep as its channels, in one scale for the whole network."""
    network = describe_network(Recipe())
    scale = Scale.fit(network)
    corners = [read_front(draw_volume(block.output_shape, scale)) for block in network[:3]]

    assert corners[1][0] == pytest.approx(2 * corners[0][0], abs=0.2)
    assert corners[0][1] == pytest.approx(4 * corners[2][1], abs=0.4)


def test_a_large_network_has_a_smaller_scale():
    """However many channels and units a network has, its drawing fits the page."""
    network = describe_network(Recipe(conv_width=8, dense_width=4096))
    scale = Scale.fit(network)

    assert read_front(draw_volume(network[1].output_shape, scale))[0] <= 90
    assert 4096 * scale.unit <= 110


@pytest.mark.parametrize("name", TRICKS)
def test_a_drawing_changes_with_the_network(name):
    """Choosing a trick changes the drawing if it changes the network, and only then."""
    recipe = Recipe(**TRICKS[name].needs, **{name: TRICKS[name].recommended})

    same_network = describe_network(Recipe()) == describe_network(recipe)

    assert same_network == (draw_network(Recipe()) == draw_network(recipe))


@pytest.mark.parametrize("values", [preset.values for preset in PRESETS.values()], ids=PRESETS)
def test_every_block_is_an_item_of_the_list(values):
    """A screen reader is told of a list with the image and every block."""
    html = draw_network(Recipe(**values))

    assert 1 + len(describe_network(Recipe(**values))) == Reader(html).items
    assert "role='list' aria-label='" in html


def test_every_activation_has_its_name():
    """Every activation is drawn under the name that papers give it."""
    assert set(TRICKS["activation"].choices) == set(NAMES)
