"""Keys of recipes: the same for ever, and for no two recipes."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given

import tricks.recipe.recipe
from tests.recipe.generated import recipes
from tricks.catalogue.trick import Trick, declare
from tricks.recipe.recipe import TRICKS, Recipe

BASELINE_KEY = "cifar10,baseline-ed6631e0e0"
RESIDUAL_KEY = "cifar10,batch_norm=before,block=residual-c52efcf2f4"
TOY_KEY = "toy,baseline-2399def8c6"
NEW = {
    "title": "T",
    "why": "W",
    "helps": "H",
    "stage": "data",
    "recommended": 8,
    "maximum": 16,
    "phrase": "tomorrow {}",
}


@dataclass(frozen=True, kw_only=True)
class GrownRecipe(Recipe):
    """A recipe of tomorrow, with one more trick."""

    tomorrow: int = declare(0, **NEW, paper="P")


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, BASELINE_KEY),
        ({"batch_norm": "before", "block": "residual"}, RESIDUAL_KEY),
        ({"block": "residual", "batch_norm": "before"}, RESIDUAL_KEY),
        ({"dense_width": 64, "grad_clip": 0}, BASELINE_KEY),
        ({"dataset": "toy"}, TOY_KEY),
    ],
)
def test_keys_stay_what_they_are(values, key):
    """A key holds only what differs from the baseline, in whatever order it is given, and is the same for ever."""
    assert key == Recipe(**values).key


@pytest.mark.parametrize(
    ("values", "key"), [({}, BASELINE_KEY), ({"batch_norm": "before", "block": "residual"}, RESIDUAL_KEY)]
)
def test_a_new_trick_leaves_old_keys_alone(monkeypatch, values, key):
    """A trick that is declared tomorrow changes no key of a recipe that leaves it off."""
    new = Trick(name="tomorrow", default=0, paper="P", **NEW)
    monkeypatch.setattr(tricks.recipe.recipe, "TRICKS", {"tomorrow": new, **TRICKS})

    assert key == GrownRecipe(**values).key
    assert key != GrownRecipe(tomorrow=8, **values).key


def test_another_version_of_the_numbers_has_other_keys(monkeypatch):
    """Raising VERSION changes every key, so that old results are never mixed with new ones."""
    monkeypatch.setattr(tricks.recipe.recipe, "VERSION", tricks.recipe.recipe.VERSION + 1)

    assert BASELINE_KEY != Recipe().key
    assert "cifar10,baseline-" == Recipe().key[:-10]


@given(recipes, recipes)
def test_equal_keys_mean_equal_recipes(one, other):
    """Two recipes have the same key, and the same label, only if they are the same."""
    assert (one == other) == (one.key == other.key)
    assert (one == other) == (one.label == other.label)


@given(recipes)
def test_a_key_can_be_a_file_name(recipe):
    """A key is short and has no character that a file system, a shell or a link gives a meaning."""
    assert re.fullmatch(r"[a-z0-9_=.,+-]{1,91}", recipe.key)
