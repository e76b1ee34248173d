"""Sharpness-aware minimisation: the gradient where the loss is worst nearby.

Foret et al. 2020, https://arxiv.org/abs/2010.01412
"""

from collections.abc import Callable

import torch
from torch import nn

from tricks.recipe.recipe import Recipe


@torch.no_grad()
def seek_flat(recipe: Recipe, model: nn.Module, learn: Callable[[], object]) -> None:
    """Puts the gradients at the worst weights within the recipe's radius in the place of those at the weights.

    `learn` computes gradients for the batch at hand; running means and deviations are of the first time only.
    """
    if not recipe.sharpness:
        return
    weights = [weight for weight in model.parameters() if weight.grad is not None]
    here = [weight.detach().clone() for weight in weights]
    length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(weight.grad) for weight in weights]))
    for weight in weights:
        weight.add_(weight.grad * (recipe.sharpness / (length + 1e-12)))
    model.zero_grad()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.track_running_stats = False
    with torch.enable_grad():
        learn()
    for norm in norms:
        norm.track_running_stats = True
    for weight, place in zip(weights, here, strict=True):
        weight.copy_(place)
