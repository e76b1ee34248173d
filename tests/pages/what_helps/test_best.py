"""The best recipe so far on What helps?, of each class."""

from tests.pages.reading import read
from tests.pages.what_helps.reading import BASELINE, open_answers
from tricks.recipe.recipe import Recipe


def test_the_best_so_far_is_shown(fill):
    """The best recipe of each class stands with its accuracy, how it was chosen, and a way to beat it."""
    fill(BASELINE, *[0.5] * 4)
    fill(Recipe(block="residual"), *[0.75] * 4)

    words = read(open_answers())

    assert "Of two recipes on this host with 10 epochs of all training images, three seeds or more" in words
    assert "Chosen on the test images" in words
    assert "122,570 parameters · [try to beat it](./?)" in words
    assert 1 == words.count("212,074 parameters · [try to beat it](./?block=residual)")
    assert "Up to 250,000 parameters, and any number" in words
