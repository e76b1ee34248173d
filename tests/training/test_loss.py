"""The losses, against their formulas in NumPy."""

import numpy as np
import pytest
import torch

from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.loss import compute_loss
from tricks.training.mixing import to_shares

LOGITS = torch.randn(12, 10, generator=torch.Generator().manual_seed(0))
LABELS = torch.randint(10, (12,), generator=torch.Generator().manual_seed(1))
MIXED = 0.75 * to_shares(LABELS, 10) + 0.25 * to_shares(LABELS.roll(1), 10)


def by_formula(loss: str, shares: np.ndarray) -> float:
    """The mean loss of the logits against each class's share."""
    logits = LOGITS.double().numpy()
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    each = {
        "cross-entropy": -(shares * np.log(probabilities)).sum(1),
        "squared": ((logits - shares) ** 2).mean(1),
        "focal": -(shares * (1 - probabilities) ** 2 * np.log(probabilities)).sum(1),
    }
    return each[loss].mean()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("loss", TRICKS["loss"].choices)
def test_a_loss_is_its_formula(loss, smoothing):
    """Every loss is its paper's, with and without label smoothing, of labels and of mixed ones."""
    recipe = Recipe(loss=loss, label_smoothing=smoothing)
    for labels, shares in ((LABELS, to_shares(LABELS, 10)), (MIXED, MIXED)):
        expected = by_formula(loss, (1 - smoothing) * shares.double().numpy() + smoothing / 10)

        assert pytest.approx(expected, rel=1e-5) == compute_loss(recipe, LOGITS, labels).item()


def test_shares_of_labels():
    """The right class has all of a label."""
    assert [[0, 0, 1], [1, 0, 0]] == to_shares(torch.tensor([2, 0]), 3).tolist()
