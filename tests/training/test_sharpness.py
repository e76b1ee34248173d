"""Sharpness-aware steps, against a model that was moved by hand."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.sharpness import seek_flat

INPUTS = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.randint(4, (16,), generator=torch.Generator().manual_seed(1))


def build() -> nn.Module:
    """A small network with a BatchNorm."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 4))


def learn(model: nn.Module) -> None:
    """Computes the gradients."""
    F.cross_entropy(model(INPUTS), LABELS).backward()


def test_gradients_are_those_of_the_worst_place_nearby():
    """The gradients are those at weights moved by the radius along the gradient, and the weights are back in place."""
    model = build()
    learn(model)
    before, gradients = copy.deepcopy(model), [weight.grad.clone() for weight in model.parameters()]
    moved = copy.deepcopy(model)
    length = torch.cat([weight.grad.flatten() for weight in model.parameters()]).norm()
    with torch.no_grad():
        for weight, here in zip(moved.parameters(), model.parameters(), strict=True):
            weight += 0.05 * here.grad / length
    moved.zero_grad()
    learn(moved)

    seek_flat(Recipe(sharpness=0.05), model, lambda: learn(model))

    for weight, worst, here in zip(model.parameters(), moved.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(worst.grad, weight.grad)
        assert torch.equal(here, weight)
    assert not torch.equal(gradients[0], model[0].weight.grad)


def test_running_statistics_see_a_batch_once():
    """The second pass leaves the running means and deviations as the first one made them."""
    model = build()
    learn(model)
    before = [buffer.clone() for buffer in model.buffers()]

    seek_flat(Recipe(sharpness=0.1), model, lambda: learn(model))
    after = [buffer.clone() for buffer in model.buffers()]
    model(INPUTS)

    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert 2 == model[1].num_batches_tracked


def test_without_the_trick_nothing_is_done():
    """Without the trick there is no second pass."""
    seek_flat(Recipe(), build(), lambda: 1 / 0)
