"""The blog to be replayed: its other runs, its conclusions, and the controls."""

import pytest

from tricks.analysis.claims import CONCLUSIONS, CONTROLS, OTHER_RUNS, QUESTIONS, find_setting, list_settings
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import BLOG_PRESETS, name_preset
from tricks.recipe.run import Run

CONTROL_VALUES = {
    "double-bn": {"block": "double", "batch_norm": "before"},
    "residual-plain": {"block": "residual"},
    "deep": {"dense_layers": 2},
    "batch-128-steps": {"batch_size": 128, "epochs": 20},
    "batch-128-rate": {"batch_size": 128, "learning_rate": 0.002},
}


def test_the_blog_has_three_runs_of_each_setting():
    """Each of the blog's settings has the post's figure and two others."""
    assert list(BLOG_PRESETS) == list(OTHER_RUNS)
    assert {2} == {len(runs) for runs in OTHER_RUNS.values()}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_is_no_preset(name):
    """A control is a setting that the blog did not try, with the question that it answers."""
    recipe = find_setting(name)

    assert CONTROL_VALUES[name] == recipe.values
    assert name_preset(recipe) is None
    assert name not in BLOG_PRESETS
    assert CONTROLS[name].question.endswith("?")


def test_all_settings_are_listed_once():
    """The settings of the page are the presets and the controls."""
    assert len(BLOG_PRESETS) + len(CONTROLS) == len({recipe.key for recipe in list_settings()})


@pytest.mark.parametrize("claim", (*CONCLUSIONS, *QUESTIONS), ids=lambda claim: claim.text)
def test_a_claim_is_about_known_settings(claim):
    """A claim compares two different settings, and each control is asked about."""
    assert find_setting(claim.recipe) != find_setting(claim.reference)
    assert claim.text.endswith("?") == (claim in QUESTIONS)
    assert CONTROLS.keys() <= {name for each in QUESTIONS for name in (each.recipe, each.reference)}


def test_the_controls_change_one_thing():
    """Twenty epochs of batch 128 are as many steps as the baseline's, and double has residual's body alone."""
    steps = [Run(recipe=find_setting(name), seed=0).steps for name in ("batch-128-steps", "baseline")]
    double, residual = (describe_network(find_setting(name)) for name in ("double-bn", "residual"))

    assert steps[0] == steps[1]
    assert count_parameters(double) < count_parameters(residual)
    assert not any(block.shortcut for block in double)
