"""What the training makes smaller."""

import torch
import torch.nn.functional as F

from tricks.recipe.recipe import Recipe


def compute_loss(recipe: Recipe, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean loss of logits, [batch, 10], against the right classes, [batch]."""
    return F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing)
