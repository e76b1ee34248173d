"""What steps change, put back in place."""

import torch

from tricks.recipe.recipe import Recipe
from tricks.training.epoch import EpochBuffers
from tricks.training.model import build_model
from tricks.training.optimizer import build_optimizer
from tricks.training.snapshot import Snapshot


def test_no_gradient_is_left_over():
    """After a step that broke off in its middle nothing is left to be added to the next one's gradient."""
    recipe = Recipe(dataset="toy", conv_width=0.125, dense_width=8)
    model = build_model(recipe)
    buffers = EpochBuffers.allocate(recipe, 64, torch.device("cpu"))
    before = Snapshot(model, build_optimizer(recipe, model), buffers, torch.Generator(), {})
    model(torch.rand(2, 3, 32, 32)).sum().backward()

    before.restore()

    assert all(weight.grad is None for weight in model.parameters())
