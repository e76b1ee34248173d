"""The training loop: a stream of measurements.

Losses stay on the device while it works and are fetched in chunks, so that no step waits for the one before.
"""

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

from tricks.data import Dataset, iterate_batches, to_inputs
from tricks.device import set_precision, synchronize
from tricks.model import build_model
from tricks.optimizer import build_optimizer, plan_learning_rates, take_step
from tricks.recipe import Recipe
from tricks.run import Checkpoint, Epoch, Losses, Measurement, Result, Run

CHUNK_SECONDS = 0.2
DIVERGENCE_STEPS = 100  # How often a training on the CPU is ended for a loss that is not finite: at fixed steps.
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
    began = time.perf_counter() - elapsed
    images_per_second: list[float] = []
    for epoch in range(first, len(plan)):
        trained = yield from train_epoch(run, dataset, epoch, plan[epoch], model, optimizer, autocast, began)
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
        diverged=trained.diverged,
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
    autocast: torch.autocast,
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
        with autocast:
            logits = model(inputs).float()  # [batch, 10]
        loss = F.cross_entropy(logits, labels, label_smoothing=run.recipe.label_smoothing)
        loss.backward()
        take_step(run.recipe, model, optimizer, learning_rates[step])
        correct += (logits.detach().argmax(1) == labels).sum()
        images += len(labels)
        yield from chunks.add(loss.detach())
        if chunks.diverged and (step + 1) % DIVERGENCE_STEPS == 0:
            break
    synchronize(device)
    seconds = time.perf_counter() - began
    yield from chunks.rest()
    return TrainedEpoch(
        steps=step + 1, images=images, accuracy=correct.item() / images, seconds=seconds, diverged=chunks.diverged
    )


class LossChunks:
    """The losses of an epoch on their way from the device: a chunk is copied while later steps run, and then read."""

    def __init__(self, steps: int, *, first_step: int, device: torch.device, run_began: float):
        self.first_step = first_step
        self.run_began = run_began
        self.losses = torch.zeros(steps, device=device)
        self.pinned = torch.zeros(steps, pin_memory=device.type == "cuda")
        self.copied = torch.cuda.Event() if device.type == "cuda" else None
        self.added = self.sent = self.read = 0
        self.sent_at = -math.inf
        self.diverged = False

    def add(self, loss: torch.Tensor) -> Iterator[Losses]:
        """Takes the next step's loss; yields a chunk when it is time for one and the device has delivered it."""
        self.losses[self.added] = loss
        self.added += 1
        now = time.perf_counter()
        if self.sent == self.read and (now - self.sent_at > CHUNK_SECONDS or self.added % DIVERGENCE_STEPS == 0):
            self.sent_at = now
            self._send()
        if self.sent > self.read and (self.copied is None or self.copied.query()):
            yield self._read()

    def rest(self) -> Iterator[Losses]:
        """What has not been read yet; the device must be synchronised."""
        self._send()
        if self.sent > self.read:
            yield self._read()

    def _send(self) -> None:
        rows = slice(self.sent, self.added)
        self.pinned[rows].copy_(self.losses[rows], non_blocking=True)
        if self.copied:
            self.copied.record()
        self.sent = self.added

    def _read(self) -> Losses:
        losses = tuple(self.pinned[self.read : self.sent].tolist())
        self.diverged = self.diverged or not all(map(math.isfinite, losses))
        seconds = time.perf_counter() - self.run_began
        chunk = Losses(step=self.first_step + self.read, seconds=seconds, losses=losses)
        self.read = self.sent
        return chunk


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


def save_state(model: nn.Module, optimizer: torch.optim.Optimizer, epoch: int, step: int, seconds: float) -> Checkpoint:
    """All that the rest of the training needs: random streams start afresh each epoch, so they are not in it."""
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    for place, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{place}/{name}": tensor for name, tensor in state.items() if tensor is not None}
    progress = {"epoch": str(epoch), "step": str(step), "seconds": str(seconds)}
    state = safetensors.torch.save(on_cpu(tensors), metadata=progress)
    return Checkpoint(epoch=epoch, step=step, seconds=seconds, state=state)


def restore_state(checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Puts the checkpoint's tensors back; returns the epochs done and the seconds that they took."""
    tensors = safetensors.torch.load(checkpoint.state)
    model.load_state_dict({name.removeprefix("model/"): t for name, t in tensors.items() if name.startswith("model/")})
    parameters = list(model.parameters())
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, place, moment = name.split("/")
            parameter = parameters[int(place)]
            # The fused optimisers walk weights and moments in memory order, so the moments take the weights' layout.
            like = torch.empty_like(parameter) if tensor.shape == parameter.shape else torch.empty_like(tensor)
            optimizer.state[parameter][moment] = like.to(parameter.device, tensor.dtype).copy_(tensor)
    return checkpoint.epoch, checkpoint.seconds


def on_cpu(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors as safetensors wants them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def hash_weights(model: nn.Module) -> str:
    """The SHA-256 over the names and bytes of all tensors of the model."""
    digest = hashlib.sha256()
    for name, tensor in on_cpu(model.state_dict()).items():
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
