"""The catalogue of tricks, and the recipe made of it: which values it takes, and what it says of others."""

import dataclasses
import math
import re

import pytest

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.recipe import STAGES, TRICKS, Recipe, fill_in, find_trick, parse_values

every_trick = pytest.mark.parametrize("name", TRICKS)


@every_trick
def test_a_trick_describes_itself(name):
    """Every trick has a title, a reason, a paper, a stage of the catalogue and a phrase."""
    trick = TRICKS[name]

    assert all([trick.title, trick.why.endswith("."), trick.paper, trick.phrase])
    assert trick.stage in STAGES
    assert name == trick.name


@every_trick
def test_a_trick_is_off_until_it_is_chosen(name):
    """The recommended value of every trick differs from the baseline's, and can be chosen with what it needs alone."""
    chosen = {**TRICKS[name].needs, name: TRICKS[name].recommended}

    assert {} == Recipe().values
    assert chosen == Recipe(**chosen).values


@every_trick
@pytest.mark.parametrize("value", [None, [], {}, "nonsense", math.nan, math.inf, -math.inf, -1])
def test_a_wrong_value_is_one_sentence(name, value):
    """A wrong value is refused in one line that names the field and the allowed values."""
    with pytest.raises(ValueError, match=rf"^{name} must be {re.escape(TRICKS[name].allowed)}, not [^\n]+$"):
        Recipe(**{name: value})


@pytest.mark.parametrize("name", [name for name, trick in TRICKS.items() if not isinstance(trick.default, bool)])
def test_a_boolean_is_no_number(name):
    """True is refused wherever a number or a word is expected."""
    with pytest.raises(ValueError, match=f"^{name} must be .*, not true$"):
        Recipe(**{name: True})


def test_a_wrong_name_is_one_sentence():
    """A recipe refuses the name of no trick with the nearest one that there is."""
    with pytest.raises(ValueError, match="^there is no trick [^\n]*: did you mean dense_width"):
        Recipe(dense_widht=64)


@pytest.mark.parametrize("name", ["nonsense", "", "dataset", "x" * 1000])
def test_a_name_like_no_other_is_answered_with_all_names(name):
    """A name that is near to none is refused in one line with the names of all tricks."""
    with pytest.raises(ValueError, match=f"^there is no trick [^\n]*: the tricks are {', '.join(TRICKS)}$"):
        find_trick(name)


def test_the_nearest_name_is_suggested():
    """A misspelt name in a link is answered with the right one."""
    with pytest.raises(ValueError, match='^there is no trick "dense_widht": did you mean dense_width'):
        parse_values({"dense_widht": "64"})


@pytest.mark.parametrize("dataset", ["", "mnist", None, 1, ["cifar10"], DATASETS["toy"]])
def test_an_unknown_dataset_is_one_sentence(dataset):
    """A dataset that is not known is refused in one line that names those that are."""
    with pytest.raises(ValueError, match=f"^dataset must be one of {', '.join(DATASETS)}, not [^\n]+$"):
        Recipe(dataset=dataset)


def test_a_batch_has_no_more_images_than_the_dataset():
    """A batch may be as large as the training set, and no larger."""
    with pytest.raises(ValueError, match="^batch_size must be at most 2000, .*toy, not 2001$"):
        Recipe(dataset="toy", batch_size=2001)

    assert 2000 == Recipe(dataset="toy", batch_size=2000).batch_size


@every_trick
def test_a_trick_without_effect_is_off(name):
    """A trick that has no effect beside the others is off, so that nothing has two keys, and what it needs wakes it."""
    trick = TRICKS[name]
    idle = [{other: value} for other, values in trick.idle_with.items() for value in values]

    for others in idle:
        recipe = Recipe(**others, **{name: trick.recommended})
        assert name in recipe.idle
        assert Recipe(**others) == recipe
        assert Recipe(**others).key == recipe.key
    assert name not in Recipe(**trick.needs).idle


def test_what_has_no_effect_is_said_with_its_reason():
    """The words for a trick without effect name what it has none with."""
    assert "without effect here (crop_padding=0)" == TRICKS["crop_fill"].idle_words


def test_a_part_of_the_images_is_counted():
    """An epoch has as many images as the recipe's share of them, and a batch no more."""
    assert (200, 25_000) == (Recipe(dataset="toy", train_share=0.1).train_images, Recipe(train_share=0.5).train_images)
    with pytest.raises(ValueError, match="^batch_size must be at most 200, .*toy, not 201$"):
        Recipe(dataset="toy", train_share=0.1, batch_size=201)


def test_a_recipe_is_frozen():
    """A recipe cannot be changed after it was checked."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().epochs = 20


def test_no_two_choices_read_the_same():
    """Every choice of every trick has a phrase of its own, so that labels tell recipes apart."""
    phrases = [
        trick.say(value)
        for trick in TRICKS.values()
        for value in {*(trick.choices or trick.picks), trick.recommended} - {trick.default}
    ]

    assert sorted(set(phrases)) == sorted(phrases)


@every_trick
def test_a_label_says_what_is_chosen(name):
    """A recipe's label is the phrases of its tricks, and says the dataset when that is not CIFAR-10."""
    chosen = {**TRICKS[name].needs, name: TRICKS[name].recommended}

    assert " + ".join(TRICKS[one].say(value) for one, value in chosen.items()) == Recipe(**chosen).label
    assert f"{Recipe(**chosen).label} (toy)" == Recipe(dataset="toy", **chosen).label


@pytest.mark.parametrize("optimizer", TRICKS["optimizer"].choices)
def test_an_optimizer_comes_with_its_learning_rate(optimizer):
    """Choosing an optimiser fills in the learning rate that is recommended for it, unless one is given."""
    chosen = {"optimizer": optimizer}

    assert chosen | {"learning_rate": TRICKS["optimizer"].fills_in[optimizer]["learning_rate"]} == fill_in(chosen)
    assert chosen | {"learning_rate": 0.5} == fill_in({**chosen, "learning_rate": 0.5})
    assert {"flip": True} == fill_in({"flip": True})
