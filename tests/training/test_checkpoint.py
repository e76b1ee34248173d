"""Weights and moments as bytes: what is saved comes back, and what does not fit is refused with a sentence."""

from dataclasses import replace

import pytest
import safetensors.torch
import torch

from tricks.recipe.measurements import Checkpoint
from tricks.recipe.recipe import Recipe
from tricks.training.checkpoint import CheckpointMismatch, hash_weights, restore_state, save_state
from tricks.training.model import build_model
from tricks.training.optimizer import build_optimizer

SMALL = Recipe(dataset="toy", dense_width=8, conv_width=0.125)


def build(recipe: Recipe):
    """A network with its optimiser, after one step on nothing in particular."""
    model = build_model(recipe)
    optimizer = build_optimizer(recipe, model)
    model(torch.rand(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    return model, optimizer


def spoil(checkpoint: Checkpoint, **tensors: torch.Tensor) -> Checkpoint:
    """The checkpoint with some of its tensors replaced or added."""
    state = safetensors.torch.load(checkpoint.state) | tensors
    return replace(checkpoint, state=safetensors.torch.save(state))


def test_what_is_saved_comes_back():
    """Another network takes over weights and moments from the checkpoint, and goes on at its epoch."""
    model, optimizer = build(SMALL)
    other, others = build(SMALL)

    progress = restore_state(save_state(model, optimizer, epoch=3, step=24, seconds=1.5), other, others)

    assert (3, 1.5) == progress
    assert hash_weights(model) == hash_weights(other)
    for parameter, twin in zip(model.parameters(), other.parameters(), strict=True):
        for name, moment in optimizer.state[parameter].items():
            assert torch.equal(moment, others.state[twin][name])


@pytest.mark.parametrize(
    "misfit",
    [
        lambda checkpoint: replace(checkpoint, state=checkpoint.state[:-1]),
        lambda checkpoint: replace(checkpoint, state=b""),
        lambda checkpoint: spoil(checkpoint, **{"model/surplus": torch.zeros(1)}),
        lambda checkpoint: spoil(checkpoint, **{"optimizer/1000/exp_avg": torch.zeros(1)}),
        lambda checkpoint: spoil(checkpoint, **{"optimizer/first/exp_avg": torch.zeros(1)}),
        lambda checkpoint: spoil(checkpoint, **{"optimizer/0": torch.zeros(1)}),
    ],
    ids=["torn", "empty", "another network", "too many moments", "no number", "no moment"],
)
def test_what_does_not_fit_is_one_sentence(misfit):
    """A checkpoint that is not of this network is refused with a sentence that says what to do."""
    model, optimizer = build(SMALL)
    checkpoint = misfit(save_state(model, optimizer, epoch=1, step=8, seconds=0.5))

    with pytest.raises(CheckpointMismatch, match="does not fit the network: delete the run"):
        restore_state(checkpoint, *build(SMALL))
