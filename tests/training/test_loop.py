"""The training loop: against a textbook's, against itself, and against what its measurements promise."""

import hashlib
import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from tests.training.batches import cut_batches
from tricks.recipe.measurements import Checkpoint, Epoch, Losses, Measurement, Result
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import hash_weights
from tricks.training.data import Dataset, build_normalization, to_inputs
from tricks.training.datasets import load_dataset
from tricks.training.evaluation import evaluate
from tricks.training.loop import train
from tricks.training.model import build_model
from tricks.training.speed import LAYOUTS

RECOMMENDED = {name: trick.recommended for name, trick in TRICKS.items()} | {"epochs": 3, "batch_size": 50}
RECOMMENDED |= {"conv_width": 0.125, "dense_width": 8, "train_share": 0.5}
STATEFUL = {"lookahead": True, "weight_averaging": 0.99, "sharpness": 0.05, "whiten": True, "batch_norm": "before"}
EVERYTHING = {"batch_norm": "before", "conv_dropout": 0.2, "dense_dropout": 0.2, "flip": True, "crop_padding": 2}
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def few_images(toy_set) -> Dataset:
    """So few images of the toy set that an epoch takes no time."""
    return Dataset(
        train_images=toy_set.train_images[:600],
        train_labels=toy_set.train_labels[:600],
        test_images=toy_set.test_images[:100],
        test_labels=toy_set.test_labels[:100],
    )


@pytest.fixture(scope="module")
def cifar10(cifar10_folder) -> Dataset:
    """CIFAR-10."""
    loading = load_dataset("cifar10", cifar10_folder, torch.device("cpu"))
    while True:
        try:
            next(loading)
        except StopIteration as end:
            return end.value


def pick(kind: type, measurements: list[Measurement]) -> list:
    """The measurements of one kind."""
    return [measurement for measurement in measurements if isinstance(measurement, kind)]


def list_losses(measurements: Iterator[Measurement]) -> Iterator[float]:
    """The losses of all steps, one after the other."""
    return itertools.chain.from_iterable(one.losses for one in measurements if isinstance(one, Losses))


def first_losses(run: Run, dataset: Dataset, count: int) -> list[float]:
    """The losses of the first steps."""
    measurements = train(run, dataset)
    losses = list(itertools.islice(list_losses(measurements), count))
    measurements.close()
    return losses


def finish(run: Run, dataset: Dataset, checkpoint: Checkpoint | None = None) -> Result:
    """The run's result."""
    return list(train(run, dataset, checkpoint))[-1]


def textbook_losses(run: Run, dataset: Dataset, count: int) -> list[float]:
    """The first losses of the 2021 post's baseline, written as a textbook would."""
    torch.manual_seed(run.derive_seed("weights"))
    model = nn.Sequential(
        *(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=False, fused=False)
    order = torch.randperm(
        len(dataset.train_images), generator=torch.Generator().manual_seed(run.derive_seed("order", 0))
    )
    losses = []
    for rows in order.split(64)[:count]:
        inputs = (dataset.train_images[rows].permute(0, 3, 1, 2) / 255).contiguous()  # [64, 3, 32, 32]
        loss = F.cross_entropy(model(inputs), dataset.train_labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_baseline_is_textbook(toy_set):
    """The baseline is the post's plain training loop: every trick is off."""
    run = Run(recipe=Recipe(dataset="toy"), seed=0)

    losses = first_losses(run, toy_set, 10)

    assert pytest.approx(textbook_losses(run, toy_set, 10), rel=1e-3) == losses


@pytest.mark.cifar10
def test_baseline_is_textbook_on_cifar10(cifar10):
    """The baseline is the post's plain training loop on CIFAR-10 as well."""
    run = Run(recipe=Recipe(), seed=0)

    losses = first_losses(run, cifar10, 10)

    assert pytest.approx(textbook_losses(run, cifar10, 10), rel=1e-3) == losses


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


def test_every_trick_trains_as_recommended(toy_set):
    """A recipe with every trick on at its recommended value trains on the toy set, and none of them is idle."""
    run = Run(recipe=Recipe(dataset="toy", **RECOMMENDED), seed=0)

    measured = list(train(run, toy_set))

    assert set(TRICKS) == set(run.recipe.values)
    assert () == run.recipe.idle
    assert run.steps == len(list(list_losses(measured))) == 3 * 20
    assert not measured[-1].diverged


@pytest.mark.parametrize("values", [{"weight_averaging": 0.99}, {"lookahead": True}], ids=str)
def test_what_follows_the_weights_is_judged_and_kept(toy_recipe, toy_set, values):
    """The kept and hashed weights are the average, or lookahead's slow ones, and so is what the accuracy is of."""
    averaged, plain = (
        finish(Run(recipe=replace(toy_recipe, batch_size=240, **each), seed=0), toy_set) for each in (values, {})
    )
    model = build_model(toy_recipe)
    model.load_state_dict(safetensors.torch.load(averaged.weights))

    assert hash_weights(model) == averaged.weights_sha256 != plain.weights_sha256
    assert evaluate(toy_recipe, model, toy_set).accuracy == averaged.test_accuracy


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


def test_bfloat16_trains(toy_recipe, toy_set):
    """In bfloat16 the losses are near float32's, and not the same."""
    exact, rounded = (
        first_losses(Run(recipe=replace(toy_recipe, precision=precision), seed=0), toy_set, 8)
        for precision in ("float32", "bfloat16")
    )

    assert pytest.approx(exact, rel=0.02) == rounded
    assert exact != rounded


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


def test_label_smoothing(toy_recipe, toy_set):
    """The first loss with label smoothing is that of a target of which a share is spread over all ten classes."""
    run = Run(recipe=replace(toy_recipe, label_smoothing=0.3), seed=0)
    torch.manual_seed(run.derive_seed("weights"))
    inputs, labels = next(cut_batches(toy_set, run, epoch=0))
    log_shares = build_model(run.recipe)(inputs).log_softmax(1)  # [batch, 10]
    target = 0.7 * F.one_hot(labels, 10) + 0.3 / 10

    losses = first_losses(run, toy_set, 1)

    assert pytest.approx(-(target * log_shares).sum(1).mean().item(), rel=1e-5) == losses[0]


def test_learning_is_real(toy_set):
    """Three epochs on the toy set are enough to be right five times as often as by chance."""
    values = {"batch_norm": "before", "conv_width": 0.125, "dense_width": 32, "batch_size": 50, "learning_rate": 5e-3}

    result = finish(Run(recipe=Recipe(dataset="toy", epochs=3, **values), seed=0), toy_set)

    assert result.test_accuracy > 0.5


@pytest.mark.parametrize("values", [{}, {"block": "residual", "batch_norm": "after", "flip": True, "test_flip": True}])
@pytest.mark.parametrize("layout", ["channels_last", "contiguous"])
def test_all_that_a_run_holds_lies_in_its_layout(few_images, toy_recipe, layout, values):
    """What goes into convolutions and out of them lies in memory as the run's layout says, trained or evaluated."""
    others, seen = set(), set()

    def look(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            seen.add(module.training)
            tensors = {"weight": module.weight, "input": inputs[0], "output": output}
            others.update(
                f"{name} {tuple(one.shape)}"
                for name, one in tensors.items()
                if not one.is_contiguous(memory_format=LAYOUTS[layout])
            )

    run = Run(recipe=replace(toy_recipe, epochs=1, **values), seed=0)
    with register_module_forward_hook(look):
        list(train(run, few_images, layout=layout))

    assert {True, False} == seen
    assert set() == others
