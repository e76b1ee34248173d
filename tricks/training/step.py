"""One optimiser step in plain PyTorch: the same lines on the CPU, on a GPU, and inside a CUDA graph."""

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
from tricks.training.speed import autocast, backward, set_rounding

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
    """The step: cut a batch, learn from it, and write down what came out."""
    normalization = build_normalization(recipe, dataset.train_images.device)

    def step(size: int) -> None:
        inputs, labels = cut_batch(dataset, epoch.draws, epoch.find_rows(size), recipe, normalization)
        set_learning_rate(optimizer, epoch.learning_rates, epoch.position, epoch.number)
        set_rounding(recipe)
        loss, logits = learn_batch(recipe, model, optimizer, followers, inputs, labels)
        classes = labels if labels.ndim == 1 else labels.argmax(1)
        epoch.note(loss, (logits.argmax(1) == classes).sum())

    return step


def learn_batch(
    recipe: Recipe,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    followers: Sequence[Follower],
    inputs: torch.Tensor,
    labels: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Moves the weights by what a batch teaches; its loss, [], is from before the move.

    So are its logits, [batch, 10].
    """

    def learn() -> tuple[torch.Tensor, torch.Tensor]:
        with autocast(recipe, inputs.device):
            logits = model(inputs).float()  # [batch, 10]
        loss = compute_loss(recipe, logits, labels)
        backward(recipe, loss, model)
        return loss, logits

    loss, logits = learn()
    seek_flat(recipe, model, learn)
    take_step(recipe, model, optimizer)
    for follower in followers:
        follower.follow()
    return loss.detach(), logits.detach()
