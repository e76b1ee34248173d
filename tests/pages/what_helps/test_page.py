"""What helps? from nothing measured to all: the answer in words."""

import pytest

from tests.pages.reading import read, read_rows
from tests.pages.what_helps.reading import BASELINE, CLOSE, FLIP, NORMALISED, open_answers
from tricks.analysis.effects import list_additions
from tricks.lab import open_lab
from tricks.recipe.recipe import TRICKS, Recipe

ASKED = [trick for trick in TRICKS.values() if not trick.is_condition]
VIEWS = ("alone", "removed", "pairs")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("images", ["cifar10", "toy"])
def test_an_empty_cache_is_shown_as_such(view, images):
    """Where nothing is measured every view says so, and has a small button for each trick that has it measured."""
    page = open_answers(view=view, images=images, full="all")

    assert "Nobody knows yet what helps" in page.markdown[0].value
    assert {} == read_rows(page)
    assert len([button for button in page.button if button.key.startswith("measure-")]) >= 20
    assert "Nobody competes yet" in read(page)


def test_the_headline_is_the_answer(fill):
    """The first sentences say how many tricks help, which, by how much, and how sure; then what harms, and the rest."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, *CLOSE)
    fill(NORMALISED, *[0.75] * 5)
    fill(Recipe(grad_clip=1.0), *[0.25] * 5)

    words = read(open_answers())

    assert (
        "**Two of the three tricks measured on the baseline help, one of them clear among all 3: normalised inputs"
        " (+25.0), flip (+2.1).** One harms, clear among all 3: gradient clipping 1 (-25.0). Of the others:"
        f" {len(ASKED) - 3} not measured."
    ) in words


def test_what_all_is_compared_with_is_described(fill):
    """What tricks are switched on in, or taken out of, stands with its accuracy and how it is trained."""
    fill(BASELINE, 0.5, 0.52)
    fill(Recipe(epochs=20, learning_rate=0.002), 0.75)

    assert (
        "Baseline: 51.0% settled, 2 seeds; 122,570 parameters, 10 epochs, adam at learning rate 0.001, batches of 64."
        " Each row switches one thing on; what several bring together need not be the sum."
    ) in read(open_answers())
    assert (
        "75.0% settled, 1 seed; 122,570 parameters, 20 epochs, adam at learning rate 0.002, batches of 64. Each row"
        " takes one thing out;"
    ) in read(open_answers(view="removed", full="learning_rate~0.002~epochs~20"))


def test_all_tricks_measured_is_shown(fill):
    """The page stands with every trick measured."""
    changes = list_additions(BASELINE)
    for recipe in dict.fromkeys(change.reference for change in changes):
        fill(recipe, 0.5, 0.51, 0.5)
    for recipe in dict.fromkeys(change.recipe for change in changes):
        if recipe.key not in open_lab().results():
            fill(recipe, 0.52, 0.52, 0.51)

    page = open_answers()

    assert {change.label for change in changes} == set(read_rows(page))
    assert "Not measured yet" not in read(page)
