"""Lookahead: slow weights that follow the fast ones. Zhang et al. 2019, https://arxiv.org/abs/1907.08610"""

import contextlib

import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.averaging import swapped

STEPS = 5
WAY = 0.5


class Lookahead:
    """The slow weights of a model, and how many steps were taken; nothing on the host says which step is a fifth."""

    def __init__(self, model: nn.Module):
        self._fast = dict(model.named_parameters())
        self._slow = {name: weight.detach().clone() for name, weight in self._fast.items()}
        self._steps = torch.zeros((), device=next(model.parameters()).device)
        self.tensors = {"lookahead/steps": self._steps} | {f"lookahead/{name}": w for name, w in self._slow.items()}

    @torch.no_grad()
    def follow(self) -> None:
        """After each step; after every fifth the slow weights go half the way, and the fast ones begin there anew."""
        self._steps.add_(1)
        is_time = (self._steps % STEPS == 0).float()
        for name, fast in self._fast.items():
            self._slow[name].lerp_(fast, WAY * is_time)
            fast.lerp_(self._slow[name], is_time)

    def in_place(self) -> contextlib.AbstractContextManager:
        """Puts the slow weights into the model for as long as they are judged: in between the fast ones are astray."""
        return swapped(self._fast, self._slow)


def build_lookahead(recipe: Recipe, model: nn.Module) -> list[Lookahead]:
    """The slow weights, where the recipe has them."""
    return [Lookahead(model)] if recipe.lookahead else []
