"""PyTorch's random numbers in NumPy: the same ones, from the same seed, at the same place of the stream."""

import numpy as np
import pytest
import torch

from tricks.images.draws import TorchDraws

SEEDS = [0, 20210327, 2**40 + 7]


def start(seed: int) -> tuple[torch.Generator, TorchDraws]:
    return torch.Generator().manual_seed(seed), TorchDraws(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_even_and_whole_numbers_are_pytorch_s(seed):
    """Even and whole numbers are equal to the last bit, one after the other."""
    generator, draws = start(seed)

    assert np.array_equal(torch.rand(7, 5, generator=generator), draws.even(7, 5))
    assert np.array_equal(torch.randint(-6, 7, (9, 2), generator=generator), draws.whole(-6, 7, 9, 2))
    assert np.array_equal(torch.rand(3, generator=generator), draws.even(3))


@pytest.mark.parametrize("count", [16, 32, 50, 750])
def test_normal_numbers_are_pytorch_s(count):
    """Normal numbers are equal but for the last bits, and leave the stream where PyTorch's do."""
    generator, draws = start(5)

    assert np.allclose(torch.randn(count, generator=generator), draws.normal(count), atol=2e-6)
    assert np.array_equal(torch.rand(1, generator=generator), draws.even(1))


@pytest.mark.parametrize("count", [16, 50])
def test_skipping_leads_to_the_same_place(count):
    """What is skipped need not be made: the next numbers are the same."""
    made, skipped = TorchDraws(1), TorchDraws(1)
    made.normal(count)
    made.even(9)

    skipped.skip_normal(count)
    skipped.skip(9)

    assert np.array_equal(made.even(4), skipped.even(4))
