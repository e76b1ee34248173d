"""What is asked on What helps?: on top of what, out of what, on which images, by widgets or by link."""

import pytest

from tests.pages.reading import read, read_rows
from tests.pages.what_helps.reading import FLIP, open_answers
from tricks.analysis.effects import FULL_RECIPES, list_removals
from tricks.recipe.link import write_word
from tricks.recipe.recipe import TRICKS, Recipe


def test_any_recipe_can_be_the_base(fill):
    """The tricks can be switched on in any recipe of the cache, which the link carries, and links go on from there."""
    fill(Recipe(batch_norm="before"), *[0.5] * 4)
    fill(Recipe(batch_norm="before", block="residual"), *[0.75] * 4)

    page = open_answers(base="batch_norm~before")
    chosen = open_answers()
    chosen.selectbox(key="base").set_value("batch_norm~before").run()

    assert "**The one trick measured on top of BatchNorm before ReLU helps" in read(page)
    assert read_rows(page) == read_rows(chosen)
    assert "batch_norm~before" == chosen.query_params["base"]
    assert "reference=batch_norm~before" in read_rows(page)["residual blocks"]["links"][1]


def test_a_base_that_nobody_has_trained_can_be_linked():
    """A link may bring a recipe that the host does not know."""
    page = open_answers(base="flip~true~crop_padding~4")

    assert "flip~true~crop_padding~4" == page.selectbox(key="base").value
    assert "Nobody knows yet what helps on top of flip + crop padding 4" in read(page)


def test_other_images_have_other_bases(fill):
    """Who changes the images has their baseline as the base again."""
    fill(FLIP, 0.5)
    fill(Recipe(dataset="toy"), *[0.5] * 4)
    fill(Recipe(dataset="toy", normalize=True), *[0.75] * 4)
    page = open_answers(base="flip~true")

    page.segmented_control(key="images").set_value("toy").run()

    assert not page.exception
    assert "dataset~toy" == page.selectbox(key="base").value
    assert "The one trick measured on the baseline helps" in read(page)


@pytest.mark.parametrize("name", FULL_RECIPES)
def test_a_full_recipe_is_tried_without_each_trick(fill, name):
    """Each full recipe shows what each of its tricks brings there, and why it is the one."""
    full = Recipe(**FULL_RECIPES[name].values)
    change = list_removals(full)[0]
    fill(full, *[0.75] * 5)
    fill(change.reference, *[0.5] * 5)

    page = open_answers(view="removed", full=name)

    row = read_rows(page)[change.label]
    assert ("Helps · 1", "+25.0 (+25.0 to +25.0)") == (row["group"], row["figure"])
    assert FULL_RECIPES[name].reason in read(page)
    assert f"measured in the recipe “{FULL_RECIPES[name].title}” helps" in read(page)


def test_any_recipe_with_a_few_tricks_can_be_taken_apart(fill):
    """Beside the full recipes, those of the cache with several tricks are offered."""
    fill(Recipe(flip=True, normalize=True), *[0.75] * 4)
    fill(FLIP, *[0.5] * 4)

    page = open_answers(view="removed", full=write_word(Recipe(flip=True, normalize=True)))

    assert ["normalised inputs"] == list(read_rows(page))
    assert "Helps · 1" == read_rows(page)["normalised inputs"]["group"]


@pytest.mark.parametrize("first", [trick.name for trick in TRICKS.values() if trick.is_condition])
def test_conditions_stand_apart(first):
    """Conditions have no row and no button among the tricks; they are what tricks can be tried under."""
    page = open_answers()
    keys = [button.key for button in page.button]

    assert f"measure-{first}" not in keys
    assert f"./what-helps?base={first}~{TRICKS[first].write(TRICKS[first].recommended)}" in read(page)
    assert "Nobody knows yet what helps with" in read(open_answers(view="pairs", first=first))


@pytest.mark.parametrize(
    "link",
    [
        {"view": "sideways"},
        {"images": "mnist"},
        {"base": "x~y"},
        {"view": "pairs", "first": "[x](y)"},
        {"view": "removed", "full": "label_noise~0.2"},
    ],
)
def test_a_wrong_link_is_one_sentence(link):
    """A link that asks for what there is not is answered, and the page shows what it shows at first."""
    page = open_answers(**link)

    assert "which does not exist: it is ignored" in page.toast[0].value.replace("\\", "")
    assert "[x](y)" not in page.toast[0].value
