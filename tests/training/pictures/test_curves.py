"""Pictures of numbers, as curves: they are those that the training computes."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.training.pictures.drawing import NOWHERE, draw
from tricks.recipe.picture import reduce_to_picture
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.optimizer import plan_learning_rates
from tricks.training.pictures.draw import draw_picture

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    "values", [{"schedule": "one-cycle"}, {"warmup": 0.1, "schedule": "cosine"}, {"batch_size": 128}]
)
def test_the_learning_rates_are_those_of_the_recipe(values):
    """The curve is the plan of this very recipe: as many steps, and the same rates."""
    name = next(iter(values))
    recipe = Recipe(**values, epochs=3)
    steps = -(-50_000 // recipe.batch_size)
    arrays = draw_picture(reduce_to_picture(TRICKS[name], recipe), name, 0, NOWHERE)

    plan = np.concatenate(plan_learning_rates(recipe, steps))
    nearest = np.interp(arrays["on_x"], np.arange(len(plan)), plan)

    assert np.abs(nearest - arrays["on"]).max() < 0.02 * recipe.learning_rate
    assert len(plan) - 5 < arrays["on_x"][-1] <= len(plan)


def test_ten_million_steps_are_a_curve_at_once():
    """The longest training that a recipe can ask for has a curve with few points."""
    arrays = draw("epochs", epochs=200, batch_size=1)

    assert len(arrays["on"]) <= 2_200


def test_an_activation_has_its_slope():
    """The curve is the function, and the dotted one its derivative."""
    arrays = draw("activation", activation="silu")
    x = torch.from_numpy(arrays["x"])

    assert np.allclose(arrays["on"], nn.functional.silu(x))
    assert np.allclose(arrays["on_slope"], np.gradient(arrays["on"], arrays["x"]), atol=0.02)


def test_a_clipped_gradient_is_as_long_as_allowed():
    """Clipping leaves short gradients as they are and shortens long ones."""
    arrays = draw("grad_clip", grad_clip=0.5)

    assert np.allclose(arrays["on"], np.minimum(arrays["x"], 0.5), atol=1e-4)
    assert np.allclose(arrays["off"], arrays["x"], atol=1e-4)


def test_smoothed_labels_ask_for_less_than_certainty():
    """With label smoothing the loss has its least at an output that is not the largest."""
    arrays = draw("label_smoothing", label_smoothing=0.1)

    assert 0 < arrays["on"].argmin() < len(arrays["x"]) - 1
    assert arrays["off"].argmin() == len(arrays["x"]) - 1
