"""What a training yields is what its measurements promise, also when it diverges."""

import hashlib
import math
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from tests.training.trainings import finish, list_losses, pick
from tricks.recipe.measurements import Checkpoint, Epoch, Losses, Result
from tricks.recipe.run import Run
from tricks.training.data import build_normalization, to_inputs
from tricks.training.loop import train
from tricks.training.model import build_model

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("batch_size", [30, 250, 300, 2000])
def test_losses_cover_every_step(toy_recipe, toy_set, batch_size):
    """The losses cover every step exactly once, in order, and each is a finite number."""
    run = Run(recipe=replace(toy_recipe, batch_size=batch_size, epochs=2), seed=0)

    measurements = list(train(run, toy_set))
    chunks = pick(Losses, measurements)
    covered = [step for chunk in chunks for step in range(chunk.step, chunk.step + len(chunk.losses))]

    assert list(range(run.steps)) == covered
    assert all(map(math.isfinite, list_losses(measurements)))
    assert sorted(chunk.seconds for chunk in chunks) == [chunk.seconds for chunk in chunks]


def test_epochs_are_sane(toy_recipe, toy_set):
    """Each epoch is measured once, between its losses and its checkpoint; the last is followed by the result."""
    run = Run(recipe=replace(toy_recipe, epochs=3), seed=0)

    measurements = list(train(run, toy_set))
    epochs, result = pick(Epoch, measurements), measurements[-1]
    kinds = [type(one) for one in measurements if not isinstance(one, Losses)]

    assert [Epoch, Checkpoint, Epoch, Checkpoint, Epoch, Result] == kinds
    assert [(1, 8), (2, 16), (3, 24)] == [(epoch.epoch, epoch.step) for epoch in epochs]
    assert all(0 <= share <= 1 for epoch in epochs for share in (epoch.train_accuracy, epoch.test_accuracy))
    assert all(epoch.test_loss > 0 and epoch.images_per_second > 0 for epoch in epochs)
    assert 0 < epochs[0].seconds < epochs[1].seconds < epochs[2].seconds == result.seconds
    assert min(speeds := [epoch.images_per_second for epoch in epochs]) <= result.images_per_second <= max(speeds)
    assert epochs[-1].test_accuracy == result.test_accuracy


@pytest.mark.parametrize("batch_size, step", [(20, 100), (50, 40)], ids=["within an epoch", "at its end"])
def test_diverged(toy_recipe, toy_set, batch_size, step):
    """A training that diverges ends early, at a step that is the same each time, marked, and with a result."""
    values = {"optimizer": "sgd", "learning_rate": 10.0, "activation": "leaky-relu", "epochs": 5}
    run = Run(recipe=replace(toy_recipe, batch_size=batch_size, **values), seed=0)

    first, again = (list(train(run, toy_set)) for _ in range(2))
    *measurements, epoch, result = first

    assert result.diverged
    assert 0 <= result.test_accuracy == epoch.test_accuracy <= 0.2
    assert (1, step) == (epoch.epoch, epoch.step)
    assert step == len(list(list_losses(measurements)))
    assert not all(map(math.isfinite, list_losses(measurements)))
    assert result.weights_sha256 == again[-1].weights_sha256


def test_not_diverged(toy_recipe, toy_set):
    """A training with finite losses is not marked."""
    assert not finish(Run(recipe=toy_recipe, seed=0), toy_set).diverged


def test_result_is_evidence(toy_recipe, toy_set):
    """The result's weights, predictions, hash and accuracy are of one and the same model."""
    run = Run(recipe=replace(toy_recipe, batch_norm="before", normalize=True), seed=0)
    result = finish(run, toy_set)
    weights = safetensors.torch.load(result.weights)
    predictions = safetensors.torch.load(result.predictions)["classes"]
    model = build_model(run.recipe)
    model.load_state_dict(weights)

    normalization = build_normalization(run.recipe, torch.device("cpu"))
    logits = model.eval()(to_inputs(toy_set.test_images, normalization)).detach()
    digest = hashlib.sha256()
    for name in model.state_dict():
        digest.update(name.encode() + weights[name].numpy().tobytes())

    assert digest.hexdigest() == result.weights_sha256
    assert (torch.uint8, (500,)) == (predictions.dtype, predictions.shape)
    assert (logits.argmax(1) == predictions).float().mean() > 0.99  # Batches of another size may round another way.
    assert (predictions == toy_set.test_labels).float().mean().item() == pytest.approx(result.test_accuracy)
