"""Curves of functions that the training computes: with the trick `on`, and without, `off`, at the places `x`."""

import math

import numpy as np
import torch
from torch import nn

from tricks.recipe.picture import switch_off
from tricks.recipe.recipe import Recipe, find_trick
from tricks.training.loss import compute_loss
from tricks.training.model import ACTIVATIONS
from tricks.training.optimizer import build_optimizer, plan_learning_rates, take_step
from tricks.training.sharpness import seek_flat

CLASSES = 10
MOST_POINTS = 2_000  # Of a curve of learning rates: a training may have ten million steps.
NARROW, WIDE = (-0.3, 0.03), (0.15, 0.1)  # Where two dips of a loss are, and how wide; the narrow one is deeper.


def draw_rates(recipe: Recipe, name: str, draw: int) -> dict[str, np.ndarray]:
    """The learning rates `on` and `off`, and the steps `on_x` and `off_x` at which they are."""
    arrays = {}
    for side, each in (("on", recipe), ("off", switch_off(find_trick(name), recipe))):
        steps = each.steps_per_epoch
        shown = min(steps, math.ceil(MOST_POINTS / each.epochs))
        rates = np.concatenate(plan_learning_rates(each, shown))
        arrays |= {side: rates, f"{side}_x": np.arange(len(rates)) * steps / shown}
    return arrays


def draw_activation(recipe: Recipe, name: str, draw: int) -> dict[str, np.ndarray]:
    """The activation `on` and `off`, and its slopes `on_slope` and `off_slope`."""
    arrays = {"x": np.linspace(-4, 4, 161)}
    for side, each in (("on", recipe), ("off", switch_off(find_trick(name), recipe))):
        inputs = torch.from_numpy(arrays["x"]).requires_grad_()
        outputs = ACTIVATIONS[each.activation]()(inputs)
        (slopes,) = torch.autograd.grad(outputs.sum(), inputs)
        arrays |= {side: outputs.detach().numpy(), f"{side}_slope": slopes.numpy()}
    return arrays


def draw_loss(recipe: Recipe, name: str, draw: int) -> dict[str, np.ndarray]:
    """The loss of one image by what the network puts out for its class, while it puts out 0 for all others."""
    arrays = {"x": np.linspace(-4, 10, 141)}
    logits = torch.zeros(len(arrays["x"]), CLASSES, dtype=torch.float64)
    logits[:, 0] = torch.from_numpy(arrays["x"])
    label = torch.zeros(1, dtype=torch.int64)
    for side, each in (("on", recipe), ("off", switch_off(find_trick(name), recipe))):
        arrays[side] = np.array([compute_loss(each, row[None], label).item() for row in logits])
    return arrays


def draw_clipping(recipe: Recipe, name: str, draw: int) -> dict[str, np.ndarray]:
    """The length of a gradient after clipping by its length before: how far a step of rate 1 without momentum leads."""
    arrays = {"x": np.linspace(0, 4 * recipe.grad_clip, 81)}
    plain = {"optimizer": "sgd", "momentum": 0.0, "learning_rate": 1.0}
    for side, clip in (("on", recipe.grad_clip), ("off", 0.0)):
        each, lengths = Recipe(**plain, grad_clip=clip), []
        for length in arrays["x"]:
            model = nn.Linear(1, 1, bias=False)
            nn.init.zeros_(model.weight)
            model.weight.grad = torch.full((1, 1), float(length))
            take_step(each, model, build_optimizer(each, model))
            lengths.append(-model.weight.item())
        arrays[side] = np.array(lengths)
    return arrays


class Landscape(nn.Module):
    """A loss of one weight, with a narrow dip and a wide one."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def forward(self) -> torch.Tensor:
        """The loss at the weight."""
        (narrow, width), (wide, wider) = NARROW, WIDE
        dips = torch.exp(-(((self.weight - narrow) / width) ** 2)) + 0.9 * torch.exp(
            -(((self.weight - wide) / wider) ** 2)
        )
        return 1 - dips


def draw_nearby(recipe: Recipe, name: str, draw: int) -> dict[str, np.ndarray]:
    """A loss, `off`, and for every place the loss where its gradient is taken, `on`."""
    arrays = {"x": np.linspace(-0.45, 0.45, 181)}
    model, losses = Landscape(), []

    def learn() -> None:
        losses.append(model())
        losses[-1].backward()

    for place in arrays["x"]:
        with torch.no_grad():
            model.weight.fill_(place)
        model.zero_grad()
        learn()
        seek_flat(recipe, model, learn)
    values = np.array([loss.item() for loss in losses]).reshape(len(arrays["x"]), -1)
    return arrays | {"off": values[:, 0], "on": values[:, -1]}
