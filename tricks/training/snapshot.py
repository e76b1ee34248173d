"""All that steps change, to be looked at and put back in place, where a CUDA graph expects it."""

from collections.abc import Callable

import torch
from torch import nn

from tricks.training.epoch import EpochBuffers


class Snapshot:
    """Weights, moments, buffers and dropout's draws as they were when it was made, before an epoch's first step."""

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, epoch: EpochBuffers, dropout: torch.Generator
    ):
        self._optimizer = optimizer
        self._dropout = dropout
        written = {"losses": epoch.losses, "right answers": epoch.correct, "position": epoch.position}
        self._tensors = {**model.state_dict(), **written}
        self._kept = {name: tensor.clone() for name, tensor in (self._tensors | self._list_moments()).items()}

    @torch.no_grad()
    def restore(self) -> None:
        """Puts all back in place; moments that the optimiser made since begin at zero, and no gradient is left over."""
        for name, tensor in (self._tensors | self._list_moments()).items():
            if name in self._kept:
                tensor.copy_(self._kept[name])
            else:
                tensor.zero_()
        self._optimizer.zero_grad()
        self._dropout.manual_seed(self._dropout.initial_seed())

    def try_out(self, work: Callable[[], object]) -> dict[str, torch.Tensor]:
        """The bytes of all tensors after some work from here; all is put back afterwards."""
        self.restore()
        work()
        after = self._tensors | self._list_moments()
        content = {name: tensor.detach().reshape(-1).view(torch.uint8).clone() for name, tensor in after.items()}
        self.restore()
        return content

    def _list_moments(self) -> dict[str, torch.Tensor]:
        """The optimiser's tensors, named by the place of their weight."""
        weights = [weight for group in self._optimizer.param_groups for weight in group["params"]]
        return {
            f"{name} of weight {place}": tensor
            for place, weight in enumerate(weights)
            for name, tensor in self._optimizer.state.get(weight, {}).items()
            if tensor is not None
        }
