"""The losses on their way from a device that is slow to answer."""

import math

import pytest
import torch

from tests.training.simulated_gpu import simulated_gpu
from tricks.training import loss_stream
from tricks.training.loss_stream import LossStream


def stream_losses(losses: list[float], launch: int, on_gpu: bool) -> tuple[list[float], int, LossStream]:
    """What is yielded of losses that launches of so many steps write down, and how many steps were launched."""
    written = torch.full((len(losses),), 77.0)
    stream = LossStream(written, first_step=0, run_began=0.0, on_gpu=on_gpu)
    seen, launched = [], 0
    while launched < len(losses) and not stream.diverged:
        rows = slice(launched, launched + launch)
        written[rows] = torch.tensor(losses[rows])
        launched = min(len(losses), launched + launch)
        seen += [loss for chunk in stream.follow(launched) for loss in chunk.losses]
    seen += [loss for chunk in stream.rest() for loss in chunk.losses]
    return seen, launched, stream


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("steps, launch", [(5, 1), (333, 11), (90, 16)])
@pytest.mark.parametrize("chunk_seconds", [0, 100])
def test_every_loss_arrives(monkeypatch, on_gpu, steps, launch, chunk_seconds):
    """Every loss that was written down is yielded once, as it was, however late it arrives."""
    monkeypatch.setattr(loss_stream, "CHUNK_SECONDS", chunk_seconds)
    losses = [float(number + 1) for number in range(steps)]

    with simulated_gpu():
        seen, _, stream = stream_losses(losses, launch, on_gpu)

    assert losses == seen
    assert not stream.diverged


@pytest.mark.parametrize("on_gpu, launch, end", [(False, 1, 200), (True, 1, 300), (True, 16, 304), (True, 11, 308)])
@pytest.mark.parametrize("chunk_seconds", [0, 100])
def test_divergence_is_found_at_a_fixed_step(monkeypatch, on_gpu, launch, end, chunk_seconds):
    """A loss that is not finite ends the epoch at a step that neither the clock nor the device's speed decides."""
    monkeypatch.setattr(loss_stream, "CHUNK_SECONDS", chunk_seconds)
    losses = [1.0] * 150 + [math.nan] * 850

    with simulated_gpu():
        seen, launched, stream = stream_losses(losses, launch, on_gpu)

    assert end == launched == len(seen)
    assert stream.diverged


def test_divergence_at_the_very_end_is_found():
    """The last loss of an epoch counts as well."""
    with simulated_gpu():
        *_, stream = stream_losses([1.0] * 149 + [math.inf], 16, on_gpu=True)

    assert stream.diverged
