"""The optimiser, the learning rate's schedule, and what is done to gradients before a step."""

import math
from collections.abc import Callable

import torch
from torch import nn

from tricks.recipe.recipe import Recipe

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": lambda parameters, **options: torch.optim.SGD(parameters, momentum=0.9, nesterov=True, **options),
}

# The factor on the learning rate for (epoch from 0, share of the whole training that is done).
SCHEDULES: dict[str, Callable[[int, float], float]] = {
    "constant": lambda epoch, done: 1.0,
    "exponential": lambda epoch, done: 0.8**epoch,
    "cosine": lambda epoch, done: (1 + math.cos(math.pi * done)) / 2,
    "one-cycle": lambda epoch, done: min(0.04 + 0.96 * done / 0.25, (1 - done) / 0.75),
}


def build_optimizer(recipe: Recipe, model: nn.Module, on_gpu: bool = False) -> torch.optim.Optimizer:
    """The recipe's optimiser over all weights of the model, in PyTorch's fused version.

    On a GPU all that changes from step to step is kept there, the rate too, so that a step can be part of a CUDA graph.
    """
    make = OPTIMIZERS[recipe.optimizer]
    optimizer = make(model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
    for group in optimizer.param_groups if on_gpu else ():
        group["lr"] = torch.tensor(recipe.learning_rate, device=group["params"][0].device)
        if "capturable" in group:
            group["capturable"] = True  # It counts its steps there.
    return optimizer


def plan_learning_rates(recipe: Recipe, steps_per_epoch: int) -> list[list[float]]:
    """The learning rate of every step, one list an epoch: it also says how long the training is."""
    factor, steps = SCHEDULES[recipe.schedule], steps_per_epoch * recipe.epochs
    return [
        [
            recipe.learning_rate * factor(epoch, (epoch * steps_per_epoch + step) / steps)
            for step in range(steps_per_epoch)
        ]
        for epoch in range(recipe.epochs)
    ]


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rates: torch.Tensor, position: torch.Tensor) -> None:
    """Sets the rate of the step at this position, [1], of the epoch's rates; in place where a CUDA graph reads it."""
    rate = learning_rates[position]  # [1]
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].copy_(rate[0])
        else:
            group["lr"] = rate.item()


def take_step(recipe: Recipe, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Moves the weights along their gradients, clipped to the recipe's length, and forgets the gradients."""
    if recipe.grad_clip:
        nn.utils.clip_grad_norm_(model.parameters(), recipe.grad_clip)
    optimizer.step()
    optimizer.zero_grad()
