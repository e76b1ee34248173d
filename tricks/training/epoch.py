"""What the steps of an epoch read and write, at fixed places of the device's memory.

A step finds by `position` which batch is its own, and moves it on: so nobody has to tell a step anything, and a CUDA
graph of it can be replayed as it is.
"""

import math
from dataclasses import dataclass
from typing import Self

import torch

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Draws, draw_epoch


@dataclass(frozen=True, kw_only=True)
class EpochBuffers:
    """One epoch in batches of `batch_size`: its number (from 0, [1]), its draws, and the learning rate of every step
    ([steps], doubles).

    Its steps write down their losses ([steps]), how many answers were right ([]), and which step is next ([1]).
    """

    batch_size: int
    number: torch.Tensor
    draws: Draws
    learning_rates: torch.Tensor
    losses: torch.Tensor
    correct: torch.Tensor
    position: torch.Tensor

    @classmethod
    def allocate(cls, recipe: Recipe, images: int, device: torch.device) -> Self:
        """Buffers for the recipe's epochs over this many images."""
        steps = math.ceil(images / recipe.batch_size)
        drawn = draw_epoch(Run(recipe=recipe, seed=0), 0, images, recipe.batch_size)
        draws = Draws(**{name: torch.zeros_like(tensor, device=device) for name, tensor in vars(drawn).items()})
        return cls(
            batch_size=recipe.batch_size,
            number=torch.zeros(1, dtype=torch.int64, device=device),
            draws=draws,
            learning_rates=torch.zeros(steps, dtype=torch.float64, device=device),
            losses=torch.zeros(steps, device=device),
            correct=torch.zeros((), dtype=torch.int64, device=device),
            position=torch.zeros(1, dtype=torch.int64, device=device),
        )

    def begin(self, run: Run, epoch: int, learning_rates: list[float]) -> None:
        """Draws the epoch anew, and puts its first step next."""
        drawn = draw_epoch(run, epoch, len(self.draws.order), self.batch_size)
        for name, tensor in vars(drawn).items():
            getattr(self.draws, name).copy_(tensor)
        self.learning_rates.copy_(torch.tensor(learning_rates[: len(self.learning_rates)], dtype=torch.float64))
        self.number.fill_(epoch)
        self.correct.zero_()
        self.position.zero_()

    def find_rows(self, size: int) -> torch.Tensor:
        """The places in the epoch's order of the next step's images, [size]."""
        return self.position * self.batch_size + torch.arange(size, device=self.position.device)

    def note(self, loss: torch.Tensor, correct: torch.Tensor) -> None:
        """Writes down what the step at hand gave, and puts the one after it next."""
        self.losses.index_copy_(0, self.position, loss[None])
        self.correct.add_(correct)
        self.position.add_(1)
