"""A walk over all tricks: each one acts, in one place, and off is off."""

import ast
import itertools
import math
import random
import re
from collections import defaultdict
from pathlib import Path

import pytest
import torch

from tests.training.batches import take_first
from tricks.catalogue.trick import PICTURES, Trick, Value
from tricks.recipe.measurements import Epoch, Losses
from tricks.recipe.recipe import STAGES, TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT
from tricks.training.data import Dataset, move
from tricks.training.device import describe_limits
from tricks.training.loop import train

PRODUCT = ROOT / "tricks"
BASE = {"epochs": 2, "conv_width": 0.125, "dense_width": 8, "batch_size": 16, "learning_rate": 0.02}
STAGE_FILES = {
    "recipe/network.py": "model",
    "training/model.py": "model",
    "training/data.py": "data",
    "training/epoch.py": "data",
    "training/whitening.py": "data",
    "training/loss.py": "loss",
    "training/optimizer.py": "optimizer",
    "training/lookahead.py": "optimizer",
    "training/sharpness.py": "optimizer",
    "training/evaluation.py": "evaluation",
    "training/averaging.py": "evaluation",
    "training/speed.py": "speed",
    "training/condition.py": "condition",
}
# What must be on as well for a value to show, and values that never show on the processor.
COMPANIONS = {
    ("optimizer", "adamw"): {"weight_decay": 0.1},  # AdamW is Adam where no weight decays.
    ("grad_clip", 1.0): {"init": "kaiming", "normalize": True},  # The tiny network's first gradients are shorter.
}
GPU_ONLY = {("precision", "tf32")}
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def few_images(toy_set) -> Dataset:
    """A few images of the toy set, more than a batch of the default size."""
    return take_first(toy_set, 96)


def list_values(trick: Trick) -> list[Value]:
    """Every choice of the trick, or what the page offers, and the recommended value."""
    return list(dict.fromkeys([*(trick.choices or trick.picks), trick.recommended]))


def list_switches() -> list[tuple[str, Value]]:
    """Every choice of every trick, or its recommended value, where it is not off."""
    return [
        (trick.name, value)
        for trick in TRICKS.values()
        for value in trick.choices or (trick.recommended,)
        if value != trick.default
    ]


def list_losses(dataset: Dataset, seed: int = 0, **values) -> list[float]:
    """All losses of a training, those on the test images among them."""
    run = Run(recipe=Recipe(dataset="toy", **BASE | values), seed=seed)
    kinds = {Losses: lambda one: one.losses, Epoch: lambda one: (one.test_loss,)}
    return [loss for one in train(run, dataset) if type(one) in kinds for loss in kinds[type(one)](one)]


def list_readers(name: str) -> list[str]:
    """The files of the training's stages that read the trick as `recipe.name` or `run.recipe.name`."""
    return [file for file in STAGE_FILES if name in fields_read(PRODUCT / file)]


def fields_read(path: Path) -> set[str]:
    """The attributes that a file reads from a recipe."""
    attributes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    return {
        node.attr
        for node in attributes
        if getattr(node.value, "id", "") == "recipe" or getattr(node.value, "attr", "") == "recipe"
    }


@pytest.mark.parametrize("name, value", [switch for switch in list_switches() if switch not in GPU_ONLY])
def test_trick_acts(few_images, name, value):
    """Every value of every trick gives other losses than the trick switched off, and finite ones."""
    companions = {**TRICKS[name].needs, **COMPANIONS.get((name, value), {})}

    off = list_losses(few_images, **companions | {name: TRICKS[name].default})
    on = list_losses(few_images, **companions | {name: value})

    assert off != on
    assert all(map(math.isfinite, on))


@pytest.mark.parametrize("name, value", GPU_ONLY)
def test_gpu_trick_rests(few_images, name, value):
    """What only a GPU can do changes nothing on the processor."""
    losses = list_losses(few_images, **{name: value})

    assert list_losses(few_images) == losses


@pytest.mark.gpu
@pytest.mark.parametrize("name, value", GPU_ONLY)
def test_gpu_trick_acts(few_images, name, value):
    """What only a GPU can do gives other losses there."""
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    if describe_limits(torch.cuda.get_device_capability()):
        pytest.skip("needs a CUDA device with tf32, from capability 8.0 on")
    on_device = move(few_images, torch.device("cuda", 0))

    losses = list_losses(on_device, conv_width=1.0, **{name: value})

    assert list_losses(on_device, conv_width=1.0) != losses


@pytest.mark.parametrize("name", TRICKS)
def test_default_is_off(few_images, name):
    """A default that is spelled out is the same recipe, with the same losses, as one that is not."""
    default = {name: TRICKS[name].default}
    others = {other: value for other, value in BASE.items() if other != name}
    implicit = Run(recipe=Recipe(dataset="toy", **others), seed=0)

    explicit = Run(recipe=Recipe(dataset="toy", **others, **default), seed=0)
    losses = [
        list(itertools.islice((one.losses[0] for one in train(run, few_images) if isinstance(one, Losses)), 1))
        for run in (implicit, explicit)
    ]

    assert implicit == explicit
    assert implicit.name == explicit.name
    assert losses[0] == losses[1]


@pytest.mark.parametrize("number", range(20))
def test_tricks_combine(few_images, number):
    """Tricks combine freely: any recipe builds and trains; squares of squares alone may leave a format's range."""
    draw = random.Random(number)
    values = {trick.name: draw.choice(list_values(trick)) for trick in TRICKS.values()}
    small = {"conv_width": draw.choice([0.125, 0.3]), "dense_width": draw.choice([8, 33]), "epochs": 1}
    small["batch_size"] = min(values["batch_size"], 128)  # A tenth of the toy set is 200 images.

    losses = list_losses(few_images, number, **values | small)

    assert losses
    assert math.isfinite(losses[0]) or values["activation"] == "squared-relu"


@pytest.mark.parametrize("name", TRICKS)
def test_one_reader(name):
    """Each trick is read in exactly one file of the training, which belongs to the trick's stage."""
    readers = list_readers(name)

    assert 1 == len(readers), f"{name} is read in {readers}"
    assert TRICKS[name].stage == STAGE_FILES[readers[0]]


@pytest.mark.parametrize("name", TRICKS)
def test_every_trick_is_explained(name):
    """Every trick says why, when it helps, and where it comes from by an address; it has a picture or says why not."""
    trick = TRICKS[name]

    assert all(text.endswith(".") for text in (trick.why, trick.helps))
    assert re.search(r"https?://\S+\.\S+", trick.paper)
    assert bool(trick.picture) != bool(trick.no_picture)
    assert trick.picture in ("", *PICTURES)


def test_every_stage_has_tricks():
    """Every stage of the training has tricks, and every trick a stage."""
    stages = defaultdict(list)
    for trick in TRICKS.values():
        stages[trick.stage].append(trick.name)

    assert set(STAGES) == set(stages) == set(STAGE_FILES.values())
