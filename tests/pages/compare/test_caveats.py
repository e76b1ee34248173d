"""What Compare says before a difference is believed: other images, diverged runs, and the arithmetic."""

import pytest

from tests.pages.compare.reading import BASELINE, FLIP, RESIDUAL, open_compare
from tests.pages.reading import read
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def test_equal_results_are_about_the_same(fill):
    """Recipes with the very same accuracies are about the same, and nothing is divided by zero."""
    fill(BASELINE, 0.7, 0.7, 0.7, 0.7)
    fill(FLIP, 0.7, 0.7, 0.7, 0.7)

    page = open_compare(BASELINE, FLIP)
    page.session_state.sums = True
    page.run()

    assert not page.exception
    assert "about the same" == page.dataframe[0].value.set_index("recipe").loc["flip"]["verdict"]
    assert "t = 0.00 / 0.00 = 0.00" in read(page)


def test_a_diverged_run_is_named_and_counts(fill):
    """A diverged run lowers the mean, and the page says which one it is."""
    fill(BASELINE, 0.7, 0.7)
    fill(FLIP, 0.8, 0.1, diverged=1)

    page = open_compare(BASELINE, FLIP)

    flip = page.dataframe[0].value.set_index("recipe").loc["flip"]
    assert not page.exception
    assert (45.0, 1) == (pytest.approx(flip["accuracy"]), flip["diverged"])
    assert "Diverged, and counted with the accuracy that the weights have" in read(page)
    assert "few seeds cannot tell how often: flip (seed 1)" in read(page)


def test_a_diverged_reference_is_named(fill):
    """What diverged of the reference is named too, also when it is not among the chosen: all differences rest on it."""
    fill(BASELINE, 0.7, 0.1, diverged=1)
    fill(FLIP, 0.8, 0.8)

    page = open_compare(FLIP)

    assert not page.exception
    assert "few seeds cannot tell how often: baseline (seed 1)" in read(page)


def test_other_images_are_not_compared(fill):
    """Recipes that learned other images are shown, and the page says that they are not compared."""
    fill(BASELINE, 0.7)
    fill(Recipe(dataset="toy"), 0.5)

    page = open_compare(BASELINE, Recipe(dataset="toy"), reference=BASELINE)

    assert not page.exception
    assert ["the reference", "other images"] == list(page.dataframe[0].value["verdict"])
    assert "Learned other images than the reference (cifar10), so not compared with it: baseline (toy)." in read(page)


def test_the_arithmetic_is_one_click_away(fill):
    """Opening the arithmetic shows every step of a recipe's verdict, and the warnings how far to believe it."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    fill(RESIDUAL, 0.80, 0.82, 0.81, 0.83)

    page = open_compare(BASELINE, RESIDUAL)
    for key in ("sums", "warnings", "confounds"):
        page.session_state[key] = True
    page.run()

    words = read(page)
    assert not page.exception
    assert "80.00%, 82.00%, 81.00%, 83.00%, in the mean 81.50%" in words
    assert "What a plain 95% t-interval would have said" in words
    assert "Choosing by test accuracy flatters" in words
    assert "2 tricks at once (BatchNorm before instead of none, Block residual instead of conv)" in words
