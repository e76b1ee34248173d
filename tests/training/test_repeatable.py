"""A run that is repeated, or resumed from any checkpoint, is bitwise the same run."""

from dataclasses import replace

import pytest
import torch

from tests.training.trainings import RECOMMENDED, finish, list_losses, pick
from tricks.recipe.measurements import Checkpoint, Epoch
from tricks.recipe.run import Run
from tricks.training.loop import train

STATEFUL = {"lookahead": True, "weight_averaging": 0.99, "sharpness": 0.05, "whiten": True, "batch_norm": "before"}
EVERYTHING = {"batch_norm": "before", "conv_dropout": 0.2, "dense_dropout": 0.2, "flip": True, "crop_padding": 2}
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("values", [{}, EVERYTHING, {"precision": "bfloat16"}, STATEFUL | {"mixup": 1.0}])
def test_same_run_same_weights(toy_recipe, few_images, values):
    """The same run ends with bitwise the same weights, whatever PyTorch's random state was before it."""
    run = Run(recipe=replace(toy_recipe, **values), seed=3)

    first = finish(run, few_images)
    torch.manual_seed(99)
    again = finish(run, few_images)

    assert first.weights_sha256 == again.weights_sha256
    assert first.predictions == again.predictions


def test_other_seed_other_weights(toy_recipe, few_images):
    """Another seed is another training."""
    results = [finish(Run(recipe=toy_recipe, seed=seed), few_images) for seed in range(2)]

    assert 2 == len({result.weights_sha256 for result in results})


@pytest.mark.parametrize(
    "values",
    [
        {"optimizer": "adam"},
        {"optimizer": "adam", "batch_norm": "after", "block": "residual", "conv_width": 0.25, "precision": "bfloat16"},
        {"optimizer": "adam", **EVERYTHING, "schedule": "one-cycle"},
        {"optimizer": "adamw", **EVERYTHING, "schedule": "cosine", "weight_decay": 0.1},
        {"optimizer": "sgd", **EVERYTHING, "schedule": "exponential", "learning_rate": 0.05, "grad_clip": 0.1},
        {"optimizer": "muon", **STATEFUL, "decay_exempt": True, "weight_decay": 0.01, "warmup": 0.1},
        {"optimizer": "nadam", **STATEFUL, "mixup": 0.2, "cutmix": 1.0},
        {"optimizer": "rmsprop", "lookahead": True, "precision": "float16", "cutout": 8, "color_jitter": 0.2},
        RECOMMENDED,
    ],
    ids=[
        "plain adam",
        "bfloat16 adam",
        "adam",
        "adamw",
        "sgd",
        "muon",
        "nadam",
        "rmsprop",
        "all as recommended",
    ],
)
def test_resumed_is_the_same(toy_recipe, few_images, values):
    """A training that goes on from any of its checkpoints ends with bitwise the same weights."""
    run = Run(recipe=replace(toy_recipe, **{"epochs": 3, **values}), seed=0)
    *measurements, result = train(run, few_images)
    checkpoints = pick(Checkpoint, measurements)

    resumed = [finish(run, few_images, checkpoint) for checkpoint in checkpoints]

    assert [1, 2] == [checkpoint.epoch for checkpoint in checkpoints]
    assert [result.weights_sha256] * 2 == [one.weights_sha256 for one in resumed]
    assert [result.test_accuracy] * 2 == [one.test_accuracy for one in resumed]


def test_resumed_goes_on_counting(toy_recipe, toy_set):
    """A resumed training goes on with the checkpoint's step, epoch and seconds."""
    run = Run(recipe=replace(toy_recipe, epochs=2), seed=0)
    checkpoint = replace(pick(Checkpoint, list(train(run, toy_set)))[0], seconds=1000.0)

    measurements = list(train(run, toy_set, checkpoint))

    assert (1, 8) == (checkpoint.epoch, checkpoint.step)
    assert 8 == measurements[0].step
    assert 8 == len(list(list_losses(measurements)))
    assert [2] == [epoch.epoch for epoch in pick(Epoch, measurements)]
    assert 1000 < measurements[0].seconds < measurements[-1].seconds
