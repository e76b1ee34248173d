"""Recipes in links: what is written is read back, and whatever else is there has one answer."""

import contextlib
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.generated import recipes, texts
from tricks.recipe.link import read_link, read_word, write_link, write_word
from tricks.recipe.recipe import TRICKS, Recipe


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_survives_its_link(name):
    """A link carries every trick, under its own name and with nothing else."""
    recipe = Recipe(**TRICKS[name].needs, **{name: TRICKS[name].recommended})

    assert [*TRICKS[name].needs, name] == list(write_link(recipe))
    assert (recipe, []) == read_link(write_link(recipe))
    assert (recipe, []) == read_link(dict(reversed(write_link(recipe).items())))


@given(recipes)
def test_a_recipe_survives_its_link(recipe):
    """A link carries the whole recipe, to the last digit, also as one word that needs no escaping."""
    assert (recipe, []) == read_link(write_link(recipe))
    assert recipe == read_word(write_word(recipe))
    assert write_word(recipe) == quote_plus(write_word(recipe))


@settings(max_examples=2000)
@given(st.dictionaries(st.sampled_from([*TRICKS, "dataset"]), texts) | st.dictionaries(st.text(), texts))
def test_a_wrong_link_is_answered_in_one_way(link):
    """Whatever a link says, the answer is a recipe, and a sentence for whatever is left out."""
    recipe, complaints = read_link(link)

    assert isinstance(recipe, Recipe)
    assert len(complaints) <= len(link)


@given(texts)
def test_a_wrong_word_is_refused_in_one_way(word):
    """Whatever stands for a recipe, the answer is a recipe or a ValueError."""
    with contextlib.suppress(ValueError):
        assert isinstance(read_word(word), Recipe)


@pytest.mark.parametrize("name", ["utm_source", "utm_medium", "utm_campaign", "fbclid", "gclid", "ref", "__theme"])
def test_a_stranger_in_a_link_is_ignored(name):
    """What trackers and hosts add to a link says nothing about the recipe, and nothing is said about it."""
    assert (Recipe(block="residual"), []) == read_link({"block": "residual", name: "x"})


@pytest.mark.parametrize(("name", "near"), [("blok", "block"), ("Epochs", "epochs"), ("datset", "dataset")])
def test_a_near_miss_in_a_link_is_told(name, near):
    """A name that is nearly a trick's is told in a sentence, and the rest of the link holds."""
    recipe, complaints = read_link({name: "2", "flip": "true"})

    assert Recipe(flip=True) == recipe
    assert [f'there is no trick "{name}": did you mean {near}?'] == complaints


def test_a_bad_value_in_a_link_leaves_the_rest():
    """A value that cannot be is told, one that cannot be for these images too, and the others hold."""
    recipe, complaints = read_link({"block": "cubic", "batch_size": "4000", "dataset": "toy", "flip": "true"})

    assert Recipe(dataset="toy", flip=True) == recipe
    assert ["block must be one of", "batch_size must be a"] == [sentence[:20] for sentence in complaints]
