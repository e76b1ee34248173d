"""The catalogue, the presets and a recipe on the command line."""

import json

import pytest

from tricks.recipe.network import count_flops, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe

TOY = ("--dataset", "toy")
pytestmark = pytest.mark.usefixtures("cache")


def test_list_is_the_catalogue(call):
    """list gives every trick with its description, and null for choices where the value is free."""
    rows = json.loads(call("list", "--json").out)

    names = ("name", "title", "why", "helps", "stage", "default", "recommended", "needs", "paper")
    names += ("picture", "no_picture")
    assert [{name: getattr(trick, name) for name in names} for trick in TRICKS.values()] == [
        {name: row[name] for name in names} for row in rows
    ]
    assert [trick.choices and list(trick.choices) for trick in TRICKS.values()] == [row["choices"] for row in rows]


def test_presets_are_named(call):
    """presets gives the blog's eight settings with their names, titles and values."""
    rows = json.loads(call("presets", "--json").out)

    assert [(name, preset.title, preset.values) for name, preset in PRESETS.items()] == [
        (row["name"], row["title"], row["values"]) for row in rows
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_describe_counts_a_preset(call, name):
    """describe gives a preset's key, label, values, parameters and FLOPs."""
    recipe = Recipe(**PRESETS[name].values)

    facts = json.loads(call("describe", "--preset", name, "--json").out)

    assert {"key", "label", "values", "parameters", "flops"} == set(facts)
    assert (recipe.key, recipe.label, recipe.values) == (facts["key"], facts["label"], facts["values"])
    assert count_flops(describe_network(recipe)) == facts["flops"]


@pytest.mark.parametrize("name", TRICKS)
def test_every_trick_can_be_set(call, name):
    """--set takes every trick by its name, on top of a preset, for either dataset."""
    trick = TRICKS[name]
    setting = f"{name}={trick.write(trick.recommended)}"
    arguments = ("describe", "--preset", "residual", *TOY, "--set", setting, "--set", "learning_rate=0.002", "--json")

    facts = json.loads(call(*arguments).out)

    values = PRESETS["residual"].values | {name: trick.recommended, "learning_rate": 0.002}
    assert Recipe(dataset="toy", **values).key == facts["key"]


def test_an_optimizer_brings_its_learning_rate(call):
    """Choosing an optimiser fills in its recommended learning rate, and says so on stderr."""
    code, out, err = call("describe", "--set", "optimizer=sgd", "--json")

    assert {"optimizer": "sgd", "learning_rate": 0.05} == json.loads(out)["values"]
    assert "learning_rate is set to 0.05, recommended for sgd\n" == err


def test_a_trick_without_effect_is_said_so(call):
    """A trick that is set where it has no effect stays off, and stderr says so."""
    code, out, err = call("describe", "--set", "crop_fill=reflect", "--json")

    assert (0, {}) == (code, json.loads(out)["values"])
    assert "crop_fill is without effect here (crop_padding=0), and stays off\n" == err


def test_a_given_learning_rate_is_literal(call):
    """A learning rate that is given is used as it is, without a word."""
    code, out, err = call("describe", "--set", "learning_rate=0.5", "--set", "optimizer=sgd", "--json")

    assert ({"optimizer": "sgd", "learning_rate": 0.5}, "") == (json.loads(out)["values"], err)


def test_booleans_are_written_as_they_are_set(call):
    """People read booleans as true and false, which is how --set takes them."""
    words = [call("list"), call("presets"), call("describe", "--set", "flip=true")]

    assert [[]] * 3 == [[word for word in ("True", "False") if word in answer.out] for answer in words]
