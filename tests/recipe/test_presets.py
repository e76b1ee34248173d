"""The blog's eight settings are what the blog had; the strong recipe keeps its budget."""

import pytest

from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import BLOG_PRESETS, PRESETS, STRONG, find_preset, name_preset
from tricks.recipe.recipe import Recipe

BLOG = {
    "baseline": (122_570, 0.705),
    "wider": (586_250, 0.742),
    "deeper": (715_018, 0.732),
    "bn-before": (122_890, 0.752),
    "bn-after": (122_890, 0.745),
    "residual": (212_714, 0.810),
    "grad-clip": (122_570, 0.728),
    "batch-128": (122_570, 0.707),
}


def test_the_first_presets_are_the_blog_s():
    """There are the blog's eight settings, in the blog's order, and then the lab's own."""
    assert [*BLOG, "strong"] == list(PRESETS)
    assert list(BLOG) == list(BLOG_PRESETS)


def test_the_strong_recipe_keeps_the_blog_s_budget():
    """It has the blog's epochs and at most 250,000 parameters, and the blog reports no accuracy of it."""
    recipe = Recipe(**STRONG.values)

    assert Recipe().epochs == recipe.epochs
    assert count_parameters(describe_network(recipe)) <= 250_000
    assert STRONG.reported is None


@pytest.mark.parametrize("name", BLOG_PRESETS)
def test_a_preset_is_the_blog_s_network(name):
    """A setting of the blog's has exactly its network's parameters, and the accuracy that the blog reports."""
    network = describe_network(Recipe(**PRESETS[name].values))

    assert BLOG[name] == (count_parameters(network), PRESETS[name].reported)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_by_its_values(name):
    """A recipe with a preset's values has the preset's name, and its values are written as the recipe has them."""
    recipe = Recipe(**PRESETS[name].values)

    assert name == name_preset(recipe)
    assert PRESETS[name].values == recipe.values
    assert PRESETS[name] == find_preset(name)


def test_other_recipes_have_no_name():
    """A recipe that is no preset has no preset's name."""
    assert name_preset(Recipe(flip=True)) is None


def test_an_unknown_preset_is_one_sentence():
    """A wrong preset is refused in one line that names them all."""
    with pytest.raises(ValueError, match=f"^there is no preset 'widder': the presets are {', '.join(PRESETS)}$"):
        find_preset("widder")
