"""Kept networks answer as PyTorch does, and those that cannot say nothing."""

import numpy as np
import pytest
import safetensors.numpy
import torch

from tests.pages.inside.own_images import PIXELS, TOY
from tricks.lab import open_lab
from tricks.pages.inside.answers import ask_networks
from tricks.pages.inside.networks import ask, list_kept
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.model import build_model

pytestmark = pytest.mark.usefixtures("engine")


def test_a_kept_network_answers_as_pytorch_does(train):
    """The probabilities are those of the trained network, which was not imported for it."""
    run = train(TOY)
    model = build_model(TOY).eval()
    weights = safetensors.numpy.load(open_lab().store.path(run, ".weights.safetensors").read_bytes())
    model.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.items()})
    inputs = torch.from_numpy(PIXELS).permute(2, 0, 1)[None] / 255

    assert np.allclose(model(inputs).softmax(1).detach()[0], ask(run, PIXELS), atol=1e-5)


def test_damaged_weights_do_not_answer(train):
    """A network whose weights are damaged says nothing."""
    run = train(TOY)
    open_lab().store.path(run, ".weights.safetensors").write_bytes(b"w")

    assert ask(run, PIXELS) is None


def test_a_diverged_network_does_not_answer(train):
    """Weights that are no numbers any more say nothing."""
    run = train(TOY)
    path = open_lab().store.path(run, ".weights.safetensors")
    weights = safetensors.numpy.load(path.read_bytes())
    path.write_bytes(safetensors.numpy.save({name: tensor * np.float32("nan") for name, tensor in weights.items()}))

    assert 0 == len(ask_networks([run], PIXELS))


def test_only_kept_networks_are_asked(train, fill):
    """Recipes are offered whose weights are kept, with those of their seeds that have them."""
    train(TOY, 0)
    train(TOY, 1)
    dropped = train(TOY, 2)
    fill(Recipe(), 0.7)
    store = open_lab().store
    for run in (dropped, Run(recipe=Recipe(), seed=0)):
        store.path(run, ".weights.safetensors").unlink()

    kept = list_kept(open_lab().results())

    assert {TOY.key: [0, 1]} == {key: [run.seed for run in runs] for key, runs in kept.items()}
