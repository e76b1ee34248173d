"""The optimiser, the learning rate's schedule, and what is done to gradients before a step."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.muon import Muon

# Each over groups of weights, with its momentum, in PyTorch's fused version where there is one.
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda groups, momentum, **options: torch.optim.Adam(
        groups, betas=(momentum, 0.999), fused=True, **options
    ),
    "adamw": lambda groups, momentum, **options: torch.optim.AdamW(
        groups, betas=(momentum, 0.999), fused=True, **options
    ),
    "sgd": lambda groups, momentum, **options: torch.optim.SGD(
        groups, momentum=momentum, nesterov=momentum > 0, fused=True, **options
    ),
    "muon": lambda groups, momentum, **options: Muon(groups, betas=(momentum, 0.999), fused=True, **options),
    "rmsprop": lambda groups, momentum, **options: torch.optim.RMSprop(groups, foreach=True, **options),
    "nadam": lambda groups, momentum, **options: torch.optim.NAdam(
        groups, betas=(momentum, 0.999), foreach=True, **options
    ),
}

FIRST_MOMENTS = {"mu_product": 1}  # What optimisers keep of the past is zero before the first step, but for this.

# The factor on the learning rate for (epoch from 0, share of the whole training that is done).
SCHEDULES: dict[str, Callable[[int, float], float]] = {
    "constant": lambda epoch, done: 1.0,
    "exponential": lambda epoch, done: 0.8**epoch,
    "cosine": lambda epoch, done: (1 + math.cos(math.pi * done)) / 2,
    "one-cycle": lambda epoch, done: min(0.04 + 0.96 * done / 0.25, (1 - done) / 0.75),
    "linear": lambda epoch, done: 1 - done,
    "step": lambda epoch, done: 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01,
}


def build_optimizer(
    recipe: Recipe, model: nn.Module, on_gpu: bool = False, trained_epochs: Mapping[nn.Parameter, int] | None = None
) -> torch.optim.Optimizer:
    """The recipe's optimiser over all weights of the model that are trained, some perhaps for their first epochs only.

    On a GPU all that changes from step to step is kept there, the rate too, so that a step can be part of a CUDA graph.
    """
    optimizer = OPTIMIZERS[recipe.optimizer](
        group_weights(recipe, model, trained_epochs or {}),
        momentum=recipe.momentum,
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
    )
    for group in optimizer.param_groups if on_gpu else ():
        group["lr"] = torch.tensor(recipe.learning_rate, device=group["params"][0].device)
        if "capturable" in group:
            group["capturable"] = True  # It counts its steps there.
    return optimizer


def group_weights(
    recipe: Recipe, model: nn.Module, trained_epochs: Mapping[nn.Parameter, int]
) -> Iterable[nn.Parameter | dict[str, Any]]:
    """The weights, in groups that are treated alike: biases and norms, of one dimension, may be spared the decay."""
    if not recipe.decay_exempt and not trained_epochs:
        return model.parameters()
    groups: dict[tuple[bool, int | None], list[nn.Parameter]] = {}
    for weight in model.parameters():
        if weight.requires_grad:
            is_exempt = recipe.decay_exempt and weight.ndim == 1
            groups.setdefault((is_exempt, trained_epochs.get(weight)), []).append(weight)
    return [
        {"params": weights} | ({"weight_decay": 0.0} if is_exempt else {}) | ({"epochs": epochs} if epochs else {})
        for (is_exempt, epochs), weights in groups.items()
    ]


def plan_learning_rates(recipe: Recipe, steps_per_epoch: int) -> list[list[float]]:
    """The learning rate of every step, one list an epoch: it also says how long the training is."""
    factor, steps = SCHEDULES[recipe.schedule], steps_per_epoch * recipe.epochs
    warmup_steps = recipe.warmup * steps
    return [
        [
            recipe.learning_rate
            * factor(epoch, (epoch * steps_per_epoch + step) / steps)
            * (min(1.0, (epoch * steps_per_epoch + step + 1) / max(1.0, warmup_steps)) if recipe.warmup else 1.0)
            for step in range(steps_per_epoch)
        ]
        for epoch in range(recipe.epochs)
    ]


def set_learning_rate(
    optimizer: torch.optim.Optimizer, learning_rates: torch.Tensor, position: torch.Tensor, epoch: torch.Tensor
) -> None:
    """Sets the rate of the step at this position, [1], of the epoch's rates; in place where a CUDA graph reads it.

    A group that is trained for some epochs only rests from then on: its rate is zero (`epoch` is [1], from 0).
    """
    for group in optimizer.param_groups:
        rate = choose_rate(group, learning_rates[position], epoch)  # [1]
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].copy_(rate[0])
        else:
            group["lr"] = rate.item()


def choose_rate(group: Mapping[str, Any], rate: Any, epoch: Any) -> Any:
    """The group's own learning rate, where the others have this one (numbers, or tensors of one)."""
    return rate * (epoch < group["epochs"]) if "epochs" in group else rate


def take_step(recipe: Recipe, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Moves the weights along their gradients, clipped to the recipe's length, and forgets the gradients."""
    if recipe.grad_clip:
        nn.utils.clip_grad_norm_(model.parameters(), recipe.grad_clip)
    optimizer.step()
    optimizer.zero_grad()


def list_weights(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    """All weights in the order by which the optimiser's state names them."""
    return [weight for group in optimizer.param_groups for weight in group["params"]]
