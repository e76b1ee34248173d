"""Muon, against PyTorch's own, which takes matrices only and a rate on the host."""

import pytest
import torch
from torch import nn

from tricks.training.muon import Muon, orthogonalize

SHAPES = [(8, 3, 3, 3), (4, 8, 3, 3), (16, 1, 3, 3), (6, 6, 1, 1), (2, 4, 5, 5)]


@pytest.mark.parametrize("momentum", [0.9, 0.0, 0.95])
@pytest.mark.parametrize("rate", [lambda: 0.02, lambda: torch.tensor(0.02)], ids=["host", "device"])
def test_muon_agrees_with_torch(momentum, rate):
    """Filters go as PyTorch's Muon moves them as matrices, at a rate scaled to AdamW's steps, wherever the rate is."""
    torch.manual_seed(0)
    ours = [nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    theirs = [nn.Parameter(weight.detach().flatten(1)) for weight in ours]
    muon = Muon([{"params": ours}], betas=(momentum, 0.999), weight_decay=0.01, fused=True)
    muon.param_groups[0]["lr"] = rate()
    reference = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.01, momentum=momentum, adjust_lr_fn="match_rms_adamw")

    for _ in range(6):
        for weight, other in zip(ours, theirs, strict=True):
            weight.grad = torch.randn_like(weight)
            other.grad = weight.grad.flatten(1).clone()
        muon.step()
        reference.step()

    for weight, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(other, weight.flatten(1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 27), (27, 8), (12, 16)])
def test_an_update_is_nearly_orthogonal(shape):
    """All singular values of an update are near 1, however the gradient's differ."""
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * torch.logspace(-1, 1, shape[1])

    values = torch.linalg.svdvals(orthogonalize(matrix).double())

    assert 0.3 < values.min() <= values.max() < 1.3


def test_filters_in_channels_last_memory():
    """How filters lie in memory makes no difference."""
    torch.manual_seed(0)
    plain = nn.Parameter(torch.randn(8, 4, 3, 3))
    other = nn.Parameter(plain.detach().clone(memory_format=torch.channels_last))
    for weight in (plain, other):
        optimizer = Muon([weight], lr=0.02, fused=True)
        for step in range(3):
            weight.grad = torch.empty_like(weight).copy_(
                torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(step))
            )
            optimizer.step()

    torch.testing.assert_close(plain, other)
