"""All that steps change, to be looked at and put back in place, where a CUDA graph expects it."""

from collections.abc import Callable, Mapping

import torch
from torch import nn

from tricks.training.epoch import EpochBuffers
from tricks.training.optimizer import FIRST_MOMENTS, list_weights


class Snapshot:
    """Weights, moments, buffers and dropout's draws as they were when it was made, before an epoch's first step.

    `more` are tensors that follow the weights, by name.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        epoch: EpochBuffers,
        dropout: torch.Generator,
        more: Mapping[str, torch.Tensor],
    ):
        self._optimizer = optimizer
        self._dropout = dropout
        written = {"losses": epoch.losses, "right answers": epoch.correct, "position": epoch.position}
        self._tensors = {**model.state_dict(), **written, **more}
        self._kept = {name: tensor.clone() for name, tensor in (self._tensors | self._list_moments()).items()}

    @torch.no_grad()
    def restore(self) -> None:
        """Puts all back in place; moments that the optimiser made since begin anew, and no gradient is left over."""
        for name, tensor in (self._tensors | self._list_moments()).items():
            if name in self._kept:
                tensor.copy_(self._kept[name])
            else:
                tensor.fill_(FIRST_MOMENTS.get(name.partition(" ")[0], 0))
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
        return {
            f"{name} of weight {place}": tensor
            for place, weight in enumerate(list_weights(self._optimizer))
            for name, tensor in self._optimizer.state.get(weight, {}).items()
            if tensor is not None
        }
