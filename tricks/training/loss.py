"""What the training makes smaller."""

import torch
import torch.nn.functional as F

from tricks.recipe.recipe import Recipe
from tricks.training.mixing import to_shares

FOCUS = 2  # Focal loss's gamma, as in its paper.


def compute_loss(recipe: Recipe, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean loss of logits, [batch, 10], against the right classes, [batch], or each class's share, [batch, 10]."""
    if recipe.loss == "cross-entropy":
        return F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing)
    classes = logits.shape[1]
    shares = labels if labels.ndim == 2 else to_shares(labels, classes)
    shares = (1 - recipe.label_smoothing) * shares + recipe.label_smoothing / classes
    if recipe.loss == "squared":
        return F.mse_loss(logits, shares)
    log_probabilities = logits.log_softmax(1)
    return -(shares * (1 - log_probabilities.exp()) ** FOCUS * log_probabilities).sum(1).mean()
