"""The weights that a network begins with, by the recipe's way of drawing them."""

import math

import pytest
import torch
from torch import nn

from tests.training.networks import build
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.model import build_model

pytestmark = pytest.mark.usefixtures("one_thread")


def test_kaiming_bounds():
    """Kaiming's weights are uniform up to the root of 6 over the inputs of a unit, and its biases are zero."""
    torch.manual_seed(0)
    model = build_model(Recipe(init="kaiming"))

    layers = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]

    assert 5 == len(layers)
    for layer in layers:
        bound = math.sqrt(6 / layer.weight[0].numel())
        assert 0.97 * bound < layer.weight.abs().max() <= bound
        assert pytest.approx(bound / math.sqrt(3), rel=0.1) == layer.weight.std().item()
        assert 0 == layer.bias.count_nonzero()


def test_orthogonal_filters_are_at_right_angles():
    """Orthogonal weights are at right angles to each other, each of length root 2, and their biases zero."""
    torch.manual_seed(0)
    model = build_model(Recipe(init="orthogonal"))

    for layer in (module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)):
        rows = layer.weight.detach().flatten(1)
        rows = rows if rows.shape[0] <= rows.shape[1] else rows.T
        torch.testing.assert_close(2 * torch.eye(len(rows)), rows @ rows.T, atol=1e-4, rtol=0)
        assert 0 == layer.bias.count_nonzero()


def test_identity_passes_the_input_on():
    """The identity is PyTorch's draw plus a filter that passes its channel on; dense layers and biases stay."""
    drawn, changed = build().state_dict(), build(init="identity").state_dict()

    for name, weights in drawn.items():
        expected = weights.clone()
        if weights.ndim == 4:
            for channel in range(min(weights.shape[:2])):
                expected[channel, channel, 1, 1] += 1
        assert torch.equal(expected, changed[name])


@pytest.mark.parametrize("init", TRICKS["init"].choices)
def test_weights_are_repeatable(init):
    """The same random state gives the same weights, and another one others."""
    first, again, other = (build(seed, init=init).state_dict() for seed in (0, 0, 1))

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stage1.body.conv0.weight"], other["stage1.body.conv0.weight"])
