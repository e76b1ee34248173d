"""The confusion matrix of Inside: its cells, shares or counts, and the images of one cell."""

import pytest

from tests.pages.inside.reading import TOY, open_inside
from tests.pages.reading import read
from tricks.charts.predictions import WRONG
from tricks.pages.inside.matrix import tabulate_cells
from tricks.pages.inside.readings import find_predictions, open_images

pytestmark = pytest.mark.usefixtures("engine")


def test_a_cell_s_images_are_in_the_link(predict):
    """The link opens the images of one cell, and the boxes below the matrix choose another."""
    predict(TOY, 3)

    page = open_inside(TOY, label="pattern 3", said="pattern 5")
    assert "images of class pattern 3 that any seed takes for pattern 5" in read(page)
    page.selectbox(key="said").set_value("any").run()

    assert not page.exception
    assert "images of class pattern 3 that any seed takes for another" in read(page)
    assert "pattern 3" == page.query_params["label"]
    assert "said" not in page.query_params


def test_what_is_no_class_is_told(predict):
    """A class that does not exist is ignored, and told."""
    predict(TOY, 1)

    page = open_inside(TOY, label="cat")

    assert "no class here" in read(page)
    assert "images that most seeds get wrong" in read(page)


def test_shares_or_counts(predict):
    """The matrix shows shares of a class's images, or counts."""
    predict(TOY, 2)

    assert "percent of a class's images, over 2 seeds" in read(open_inside())
    assert ": images, over 2 seeds" in read(open_inside(TOY, cells="counts"))


def test_the_matrix_has_every_cell(predict):
    """The matrix has a cell for each pair of classes, whose counts are all images of all seeds; one has an edge."""
    predict(TOY, 2)
    images = open_images("toy")
    of = find_predictions(TOY, images)

    table = tabulate_cells(of, "counts", 1, 2)

    assert 100 == len(table)
    assert 1_000 == table["images"].sum()
    assert ["pattern 1 pattern 2"] == list(
        table[table["edge"] > 0].apply(lambda row: f"{row.label} {row.said}", axis=1)
    )
    assert WRONG in set(table[table["label"] != table["said"]]["color"])
