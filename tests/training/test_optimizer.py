"""The optimiser: single steps with a known answer, and several against PyTorch's own."""

import math

import pytest
import torch
from torch import nn

from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.optimizer import build_optimizer, set_learning_rate, take_step

OPTIMIZERS = TRICKS["optimizer"].choices
FIRST_EPOCH = torch.tensor([0])


def step_once(recipe: Recipe, weight: float, gradient: float, count: int = 1) -> tuple[nn.Linear, torch.Tensor]:
    """A layer of `count` equal weights after one step along equal gradients, and how far the weights went."""
    model = nn.Linear(count, 1, bias=False)
    nn.init.constant_(model.weight, weight)
    model.weight.grad = torch.full_like(model.weight, gradient)
    take_step(recipe, model, build_optimizer(recipe, model))
    return model, model.weight.detach() - weight


@pytest.mark.parametrize("gradient, length", [(1e3, 0.5), (0.25, 0.5), (0.05, 0.1)])
def test_gradient_clipping(gradient, length):
    """A gradient longer than the recipe's length is shortened to it, and a shorter one is left as it is."""
    recipe = Recipe(optimizer="sgd", learning_rate=1.0, grad_clip=0.5)

    _, way = step_once(recipe, weight=0.0, gradient=gradient, count=4)

    assert pytest.approx(1.9 * length, rel=1e-5) == way.norm().item()  # Nesterov's first step is 1.9 gradients.


def test_no_clipping():
    """Without clipping the longest gradient is taken as it is."""
    _, way = step_once(Recipe(optimizer="sgd", learning_rate=1.0), weight=0.0, gradient=1e6, count=4)

    assert pytest.approx(-1.9e6) == way[0, 0].item()


@pytest.mark.parametrize("optimizer, way", [("adam", -0.1), ("adamw", -0.1 * 0.01 * 2), ("sgd", -0.1 * 1.9 * 0.01 * 2)])
def test_weight_decay(optimizer, way):
    """Weight decay pulls a weight without gradient towards zero, in AdamW and SGD in proportion to its size."""
    recipe = Recipe(optimizer=optimizer, learning_rate=0.1, weight_decay=0.01)

    _, moved = step_once(recipe, weight=2.0, gradient=0.0)

    assert pytest.approx(way, rel=1e-4) == moved.item()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_biases_and_norms_can_be_exempt(optimizer):
    """Without gradients weight decay moves only what multiplies its inputs, where biases and norms are exempt."""
    recipe = Recipe(optimizer=optimizer, learning_rate=0.1, weight_decay=0.01, decay_exempt=True)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(2, 2))
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    for weight in model.parameters():
        weight.grad = torch.zeros_like(weight)

    take_step(recipe, model, build_optimizer(recipe, model))
    moved = {name for name, weight in model.named_parameters() if not torch.equal(before[name], weight)}

    assert {"0.weight", "2.weight"} == moved


def test_a_weight_can_be_trained_for_its_first_epochs_only():
    """A weight that is trained for some epochs only rests from then on, whatever its momentum and the decay."""
    recipe = Recipe(optimizer="sgd", learning_rate=0.1, weight_decay=0.01)
    model = nn.Linear(2, 2)
    optimizer = build_optimizer(recipe, model, trained_epochs={model.bias: 3})
    moves = []
    for epoch in range(5):
        model.weight.grad, model.bias.grad = torch.ones(2, 2), torch.ones(2)
        before = model.weight.detach().clone(), model.bias.detach().clone()
        set_learning_rate(optimizer, torch.tensor([0.1], dtype=torch.float64), torch.tensor([0]), torch.tensor([epoch]))
        take_step(recipe, model, optimizer)
        moves.append([not torch.equal(*pair) for pair in zip(before, (model.weight, model.bias), strict=True)])

    assert [[True, True]] * 3 + [[True, False]] * 2 == moves


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_no_weight_decay(optimizer):
    """Without weight decay a weight without gradient stays where it is."""
    _, moved = step_once(Recipe(optimizer=optimizer), weight=2.0, gradient=0.0)

    assert 0 == moved.item()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_gradients_are_forgotten(optimizer):
    """After a step no gradient is left to be added to the next one's."""
    model, _ = step_once(Recipe(optimizer=optimizer), weight=2.0, gradient=1.0)

    assert model.weight.grad is None


@pytest.mark.parametrize(
    "optimizer, reference",
    [
        ("adam", lambda weights: torch.optim.Adam(weights, lr=0.02, weight_decay=0.01, foreach=False)),
        ("adamw", lambda weights: torch.optim.AdamW(weights, lr=0.02, weight_decay=0.01, foreach=False)),
        ("sgd", lambda weights: torch.optim.SGD(weights, 0.02, momentum=0.9, weight_decay=0.01, nesterov=True)),
        ("rmsprop", lambda weights: torch.optim.RMSprop(weights, lr=0.02, weight_decay=0.01, foreach=False)),
        ("nadam", lambda weights: torch.optim.NAdam(weights, lr=0.02, weight_decay=0.01, foreach=False)),
        ("muon", lambda weights: torch.optim.AdamW(weights, lr=0.02, weight_decay=0.01, foreach=False)),
        ("adam 0.8", lambda weights: torch.optim.Adam(weights, 0.02, (0.8, 0.999), weight_decay=0.01, foreach=False)),
        ("adamw 0.0", lambda weights: torch.optim.AdamW(weights, 0.02, (0.0, 0.999), weight_decay=0.01, foreach=False)),
        ("nadam 0.95", lambda weights: torch.optim.NAdam(weights, 0.02, (0.95, 0.999), weight_decay=0.01)),
        ("sgd 0.0", lambda weights: torch.optim.SGD(weights, 0.02, weight_decay=0.01)),
        ("sgd 0.95", lambda weights: torch.optim.SGD(weights, 0.02, 0.95, weight_decay=0.01, nesterov=True)),
    ],
)
def test_optimizer_agrees_with_torch(optimizer, reference):
    """Ten steps with changing learning rates agree with PyTorch's plain version of the same optimiser and momentum."""
    torch.manual_seed(0)
    optimizer, _, momentum = optimizer.partition(" ")
    momentum = {"momentum": float(momentum)} if momentum else {}
    recipe = Recipe(optimizer=optimizer, learning_rate=0.02, weight_decay=0.01, **momentum)
    ours, theirs = nn.Linear(5, 3), nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    our_optimizer, their_optimizer = build_optimizer(recipe, ours), reference(theirs.parameters())
    inputs = torch.randn(10, 8, 5)
    rates = torch.tensor([0.02 * math.cos(step / 10) for step in range(10)], dtype=torch.float64)

    for step in range(10):
        ours(inputs[step]).square().mean().backward()
        set_learning_rate(our_optimizer, rates, torch.tensor([step]), FIRST_EPOCH)
        take_step(recipe, ours, our_optimizer)
        theirs(inputs[step]).square().mean().backward()
        their_optimizer.param_groups[0]["lr"] = 0.02 * math.cos(step / 10)
        their_optimizer.step()
        their_optimizer.zero_grad()

    torch.testing.assert_close(theirs.weight, ours.weight)
    torch.testing.assert_close(theirs.bias, ours.bias)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_all_that_changes_is_on_the_gpu(optimizer):
    """On a GPU the learning rate is a tensor that keeps its place in memory, and whoever counts steps does so there."""
    recipe = Recipe(optimizer=optimizer, learning_rate=0.5)
    built = build_optimizer(recipe, nn.Linear(1, 1), on_gpu=True)
    group = built.param_groups[0]
    place = group["lr"]

    set_learning_rate(built, torch.tensor([0.5, 0.25], dtype=torch.float64), torch.tensor([1]), FIRST_EPOCH)

    assert place is group["lr"]
    assert 0.25 == place.item()
    assert group.get("capturable", True)
