"""Weight averaging: a moving average of the weights and buffers, which is judged in their place."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from tricks.recipe.recipe import Recipe


class Average:
    """The average of all that a model is made of, and over how many steps; its first steps weigh more, as they should.

    Each step it keeps a share min(decay, (1 + t) / (10 + t)) of itself, t being the steps before.
    """

    def __init__(self, decay: float, model: nn.Module):
        self._decay = decay
        self._now = model.state_dict()
        self._mean = {name: tensor.clone() for name, tensor in self._now.items()}
        self._steps = torch.zeros((), device=next(model.parameters()).device)
        self.tensors = {"average/steps": self._steps} | {f"average/{name}": one for name, one in self._mean.items()}

    @torch.no_grad()
    def follow(self) -> None:
        """After each step; what counts in whole numbers is taken as it is."""
        share = 1 - ((1 + self._steps) / (10 + self._steps)).clamp(max=self._decay)
        for name, now in self._now.items():
            if now.is_floating_point():
                self._mean[name].lerp_(now, share)
            else:
                self._mean[name].copy_(now)
        self._steps.add_(1)

    def in_place(self) -> contextlib.AbstractContextManager:
        """Puts the average into the model for as long as it is judged."""
        return swapped(self._now, self._mean)


@contextlib.contextmanager
def swapped(some: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """Each tensor has the content of the other one of its name, for a while."""
    swap(some, others)
    yield
    swap(some, others)


@torch.no_grad()
def swap(some: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor]) -> None:
    """Exchanges the contents of the tensors of one name."""
    for name, one in some.items():
        before = one.clone()
        one.copy_(others[name])
        others[name].copy_(before)


def judged(followers: Sequence[Any]) -> contextlib.AbstractContextManager:
    """A context in which the model has the weights that are judged and kept: the last follower's, if there is one."""
    return followers[-1].in_place() if followers else contextlib.nullcontext()


def build_average(recipe: Recipe, model: nn.Module) -> list[Average]:
    """The average, where the recipe has one."""
    return [Average(recipe.weight_averaging, model)] if recipe.weight_averaging else []
