"""Verdicts of Compare are corrected for how many comparisons a visitor has seen, unless they are not to be."""

import pytest

from tests.pages.compare.reading import BASELINE, FLIP, RESIDUAL, open_compare
from tests.pages.reading import read
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def test_a_correction_is_chosen(fill):
    """With several comparisons verdicts are corrected for their number, unless the visitor wants them uncorrected."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    for width in (70, 80):
        fill(Recipe(dense_width=width), 0.72, 0.74, 0.73, 0.76)

    page = open_compare(BASELINE, Recipe(dense_width=70), Recipe(dense_width=80))
    corrected = read(page)
    page.segmented_control(key="correction").set_value("uncorrected").run()

    assert not page.exception
    assert "verdicts corrected for 2 comparisons" in corrected
    assert "verdicts uncorrected" in read(page)


def test_what_is_clear_alone_is_said(fill):
    """A recipe that Train calls better and that is not clear as one of two is named, so that no page contradicts."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    fill(FLIP, 0.80, 0.81, 0.82, 0.83)
    fill(RESIDUAL, 0.75, 0.755, 0.76, 0.765)

    page = open_compare(FLIP, RESIDUAL)

    assert not page.exception
    assert "not as one of 2: BatchNorm before ReLU + residual blocks (better)" in read(page)


def test_the_correction_is_in_the_link(fill):
    """Who opens a link sees intervals corrected or not, as its sender did."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)
    fill(RESIDUAL, 0.8)

    page = open_compare(FLIP, RESIDUAL, correction="uncorrected")
    linked = page.query_params["correction"]
    page.segmented_control(key="correction").set_value("corrected").run()

    assert not page.exception
    assert "uncorrected" == linked
    assert "correction" not in page.query_params


def test_what_was_seen_counts(fill):
    """Who takes recipes out again has compared them all the same: the best of three stays one of three."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    widths = [Recipe(dense_width=width) for width in (70, 80, 90)]
    for recipe in widths:
        fill(recipe, 0.72, 0.74, 0.73, 0.76)

    page = open_compare(*widths)
    page.multiselect(key="picked").set_value([widths[0].key]).run()

    assert not page.exception
    assert "verdicts corrected for 3 comparisons" in read(page)
    assert 1 == len(page.dataframe[0].value)
