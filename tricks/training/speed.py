"""How exactly, and so how fast, numbers are multiplied."""

from typing import Self

import torch
from torch import nn

from tricks.recipe.recipe import Recipe

HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
LOSS_SCALE = 1024.0  # Of float16, whose smallest number is far larger than bfloat16's; the same for all steps.
LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def choose_layout(recipe: Recipe, measured: str) -> torch.memory_format:
    """How images lie in memory: as was measured to be quicker for strict float32; else channels last."""
    return LAYOUTS[measured] if recipe.precision == "float32" else torch.channels_last


class Precision:
    """A context for forward passes; the backward pass that follows one rounds alike.

    float32 is strict everywhere: PyTorch's own default lets convolutions on NVIDIA GPUs round to TF32.
    https://docs.pytorch.org/docs/stable/notes/cuda.html#tf32-on-ampere
    Several runs that take turns in one process may round differently, so each sets its way anew when it begins.
    """

    def __init__(self, recipe: Recipe, device: torch.device):
        self.rounding = "tf32" if recipe.precision == "tf32" else "ieee"
        self.loss_scale = LOSS_SCALE if recipe.precision == "float16" else 1.0
        half = HALVES.get(recipe.precision)
        # Without the cache of cast weights, which a CUDA graph could not follow; here each weight is cast once anyway.
        self.autocast = torch.autocast(
            device.type, dtype=half or torch.bfloat16, enabled=half is not None, cache_enabled=False
        )

    def __enter__(self) -> Self:
        torch.backends.cuda.matmul.fp32_precision = self.rounding
        torch.backends.cudnn.conv.fp32_precision = self.rounding
        torch.backends.cudnn.deterministic = True  # The same run gives the same bits: cuDNN's other kernels add anyhow.
        self.autocast.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.autocast.__exit__(*failure)

    def backward(self, loss: torch.Tensor, model: nn.Module) -> None:
        """Computes the gradients of a loss, on the way there scaled up where small ones would be lost."""
        if self.loss_scale == 1:
            loss.backward()
            return
        (loss * self.loss_scale).backward()
        for weight in model.parameters():
            if weight.grad is not None:
                weight.grad.div_(self.loss_scale)
