"""Pictures of tricks, from arrays: whole images with words, and curves whose chart fits their rows."""

import numpy as np

from tricks.charts.pictures import (
    CONTOURS,
    draw_both_filters,
    draw_pairs,
    lay_out_sheet,
    tabulate_curves,
)

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
CURVE = {"x": np.arange(3.0), "on": np.arange(3.0), "off": np.ones(3)}


def test_images_stand_before_and_after():
    """Each image is shown twice with what it is now below, and for screen readers; markup in words is none."""
    html = draw_pairs(IMAGES, IMAGES[:, :, ::-1], ["<b>cat</b>"] * 8, "Eight images")

    assert 16 == html.count("<img ")
    assert 8 == html.count("alt='before'") == html.count("alt='after: &lt;b&gt;cat&lt;/b&gt;'")
    assert "<b>" not in html


def test_images_that_stay_are_shown_once():
    """Where only labels change, each image is there once."""
    assert 8 == draw_pairs(IMAGES, IMAGES, ["cat, not dog"] * 8, "Labels").count("alt='cat, not dog'")


def test_sheets_and_filters_are_pictures_with_names():
    """A sheet of images, and filters without and with a trick, have texts for who cannot see them."""
    filters = np.ones((4, 3, 3, 3), np.float32)

    assert "alt='Of a hundred'" in lay_out_sheet(IMAGES, np.arange(8) < 4, "Of a hundred")
    assert 2 == draw_both_filters(filters, 0 * filters, ("off", "on")).count("<img class='filters'")


def test_both_sides_are_rows():
    """A curve has rows with the trick and without, and slopes where there are some."""
    rows = tabulate_curves("activation", {**CURVE, "on_slope": np.ones(3), "off_slope": np.zeros(3)})

    assert {"on", "off", "on slope", "off slope"} == set(rows.series)
    assert [0, 1, 2] == rows[rows.series == "on"].y.tolist()


def test_sides_of_different_length_have_their_own_places():
    """Two trainings of different length are drawn over their own steps."""
    rows = tabulate_curves("rates", {"on": np.ones(2), "on_x": np.arange(2), "off": np.ones(4), "off_x": np.arange(4)})

    assert [0, 1] == rows[rows.series == "on"].x.tolist()
    assert 4 == (rows.series == "off").sum()


def test_a_valley_has_lines_of_equal_loss():
    """The outermost contour goes as far as the walk's beginning; a walk that leaves the picture is cut there."""
    start, curvature = np.array([-0.05, 0.02]), np.array([0.5, 5.0])
    away = np.array([start, 2 * start, 50 * start, start])

    rows = tabulate_curves("path", {"on": away, "off": away[:1], "curvature": curvature})

    outer = rows[rows.part == f"contour {CONTOURS[-1]}"]
    losses = (curvature * outer[["x", "y"]] ** 2).sum(axis=1)
    assert np.allclose(losses, (curvature * start**2).sum())
    assert 2 == (rows.series == "on").sum()
