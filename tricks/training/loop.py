"""The training loop: a stream of measurements."""

import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Checkpoint, Epoch, Losses, Measurement, Result, Run
from tricks.training.checkpoint import hash_weights, on_cpu, restore_state, save_state
from tricks.training.data import Dataset, iterate_batches, to_inputs
from tricks.training.device import set_precision, synchronize
from tricks.training.loss_stream import DIVERGENCE_STEPS, LossChunks
from tricks.training.model import build_model
from tricks.training.optimizer import build_optimizer, plan_learning_rates, set_learning_rate
from tricks.training.step import PROOF_STEPS, Step, choose_step, make_step

EVALUATION_BATCH = {"cpu": 250, "cuda": 2500}  # What fits the processor's cache, and what fills a GPU.


def train(run: Run, dataset: Dataset, checkpoint: Checkpoint | None = None) -> Iterator[Measurement]:
    """Trains the run on the dataset's device, from the checkpoint when there is one, and yields what it measures."""
    device = dataset.train_images.device
    autocast = set_precision(run.recipe, device)
    torch.manual_seed(run.derive_seed("weights"))
    model = build_model(run.recipe).to(device, memory_format=torch.channels_last)
    optimizer = build_optimizer(run.recipe, model)
    steps_per_epoch = run.steps_per_epoch
    plan = plan_learning_rates(run.recipe, steps_per_epoch)
    first, elapsed = restore_state(checkpoint, model, optimizer) if checkpoint else (0, 0.0)
    step = make_step(run.recipe, model, optimizer, autocast)
    if device.type == "cuda":
        model.train()
        batches = list(itertools.islice(iterate_batches(dataset, run, first), PROOF_STEPS))
        step, proof = choose_step(step, model, optimizer, batches)
        yield proof
    began = time.perf_counter() - elapsed
    images_per_second: list[float] = []
    for epoch in range(first, len(plan)):
        trained = yield from train_epoch(run, dataset, epoch, plan[epoch], model, optimizer, step, began)
        evaluation = evaluate(run.recipe, model, dataset, autocast)
        images_per_second.append(trained.images / trained.seconds)
        seconds = time.perf_counter() - began
        yield Epoch(
            epoch=epoch + 1,
            step=epoch * steps_per_epoch + trained.steps,
            train_accuracy=trained.accuracy,
            test_loss=evaluation.loss,
            test_accuracy=evaluation.accuracy,
            seconds=seconds,
            images_per_second=images_per_second[-1],
        )
        if trained.diverged or epoch + 1 == len(plan):
            break
        yield save_state(model, optimizer, epoch + 1, (epoch + 1) * steps_per_epoch, seconds)
    yield Result(
        test_accuracy=evaluation.accuracy,
        diverged=trained.diverged or not math.isfinite(evaluation.loss),
        seconds=seconds,
        images_per_second=len(images_per_second) / sum(1 / speed for speed in images_per_second),
        weights_sha256=hash_weights(model),
        predictions=safetensors.torch.save({"classes": evaluation.predictions}),
        weights=safetensors.torch.save(on_cpu(model.state_dict())),
    )


@dataclass(frozen=True, kw_only=True)
class TrainedEpoch:
    """What an epoch's training says of itself; `accuracy` is that of the changing weights on the augmented images."""

    steps: int
    images: int
    accuracy: float
    seconds: float
    diverged: bool


def train_epoch(
    run: Run,
    dataset: Dataset,
    epoch: int,
    learning_rates: list[float],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    take_step: Step,
    run_began: float,
) -> Iterator[Losses]:
    """One pass over the training images; yields the losses as they become known, and returns a TrainedEpoch."""
    device = dataset.train_images.device
    torch.manual_seed(run.derive_seed("dropout", epoch))
    model.train()
    chunks = LossChunks(len(learning_rates), first_step=epoch * len(learning_rates), device=device, run_began=run_began)
    correct, images = torch.zeros((), dtype=torch.int64, device=device), 0
    began = time.perf_counter()
    for step, (inputs, labels) in enumerate(iterate_batches(dataset, run, epoch)):
        set_learning_rate(optimizer, learning_rates[step])
        loss, right = take_step(inputs, labels)
        correct += right
        images += len(labels)
        yield from chunks.add(loss)
        if chunks.diverged and (step + 1) % DIVERGENCE_STEPS == 0:
            break
    synchronize(device)
    seconds = time.perf_counter() - began
    yield from chunks.rest()
    return TrainedEpoch(
        steps=step + 1, images=images, accuracy=correct.item() / images, seconds=seconds, diverged=chunks.diverged
    )


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The model on all test images: mean cross-entropy, share of right answers, class by image ([images], bytes)."""

    loss: float
    accuracy: float
    predictions: torch.Tensor


def evaluate(recipe: Recipe, model: nn.Module, dataset: Dataset, autocast: torch.autocast) -> Evaluation:
    """The model on the test images, in large batches."""
    model.eval()
    batch = EVALUATION_BATCH[dataset.test_images.device.type]
    with torch.no_grad(), autocast:
        logits = torch.cat(
            [model(to_inputs(images, recipe)).float() for images in dataset.test_images.split(batch)]
        )  # [images, 10]
    predictions = logits.argmax(1)
    return Evaluation(
        loss=F.cross_entropy(logits, dataset.test_labels).item(),
        accuracy=(predictions == dataset.test_labels).sum().item() / len(predictions),
        predictions=predictions.byte().cpu(),
    )
