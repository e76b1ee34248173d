"""One optimiser step in plain PyTorch: the same lines on the CPU, on a GPU, and inside a CUDA graph (`graph.py`)."""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.data import Dataset, build_normalization, cut_batch
from tricks.training.epoch import EpochBuffers
from tricks.training.loss import compute_loss
from tricks.training.optimizer import set_learning_rate, take_step
from tricks.training.sharpness import seek_flat
from tricks.training.speed import Precision

Step = Callable[[int], None]  # Takes the next step, on a batch of this many images.


class Follower(Protocol):
    """What follows the weights from step to step, in tensors of its own by name."""

    tensors: dict[str, torch.Tensor]

    def follow(self) -> None:
        """After each step."""


def make_step(
    recipe: Recipe,
    dataset: Dataset,
    epoch: EpochBuffers,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    followers: Sequence[Follower] = (),
) -> Step:
    """The step: cut a batch, forward, loss, backward, move the weights, and write down what came out."""
    device = dataset.train_images.device
    precision, normalization = Precision(recipe, device), build_normalization(recipe, device)

    def learn(inputs: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with precision:
            logits = model(inputs).float()  # [size, 10]
        loss = compute_loss(recipe, logits, labels)
        precision.backward(loss, model)
        return loss, logits

    def step(size: int) -> None:
        rows = epoch.find_rows(size)
        inputs, labels = cut_batch(dataset, epoch.draws, rows, recipe, normalization)
        loss, logits = learn(inputs, labels)
        seek_flat(recipe, model, lambda: learn(inputs, labels))
        set_learning_rate(optimizer, epoch.learning_rates, epoch.position, epoch.number)
        take_step(recipe, model, optimizer)
        for follower in followers:
            follower.follow()
        classes = labels if labels.ndim == 1 else labels.argmax(1)
        epoch.note(loss.detach(), (logits.detach().argmax(1) == classes).sum())

    return step
