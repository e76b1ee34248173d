"""Weight averaging, against a loop in NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.averaging import Average, build_average


def move(model: nn.Module) -> None:
    """Something happens to weights and buffers."""
    model(torch.randn(8, 3, 4, 4))
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight))


@pytest.mark.parametrize("decay, steps", [(0.99, 30), (0.5, 30), (0.999, 3)])
def test_the_average_is_a_loop_s(decay, steps):
    """Weights and running statistics are averaged, the first steps counting more, and whole numbers are taken over."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    average = Average(decay, model)
    expected = {name: tensor.double().numpy() for name, tensor in model.state_dict().items()}

    for step in range(steps):
        move(model)
        average.follow()
        share = min(decay, (1 + step) / (10 + step))
        for name, tensor in model.state_dict().items():
            expected[name] = share * expected[name] + (1 - share) * tensor.double().numpy()

    for name, tensor in model.state_dict().items():
        mean = average.tensors[f"average/{name}"]
        np.testing.assert_allclose(
            expected[name] if mean.is_floating_point() else tensor.numpy(), mean.numpy(), atol=1e-5
        )


def test_the_average_is_judged_and_taken_out_again():
    """In place the model is the average; afterwards it is, bit by bit, what it was."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    [average] = build_average(Recipe(weight_averaging=0.99), model)
    for _ in range(3):
        move(model)
        average.follow()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    with average.in_place():
        judged = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    after = model.state_dict()

    assert all(torch.equal(tensor, average.tensors[f"average/{name}"]) for name, tensor in judged.items())
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert not torch.equal(judged["0.weight"], before["0.weight"])


def test_no_average():
    """Without the trick nothing follows the weights."""
    assert [] == build_average(Recipe(), nn.Linear(1, 1))
