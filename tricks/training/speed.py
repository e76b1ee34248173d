"""How exactly, and so how fast, numbers are multiplied."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from tricks.recipe.recipe import Recipe

HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
LOSS_SCALE = 1024.0  # Of float16, whose smallest number is far larger than bfloat16's; the same for all steps.
LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


def choose_layout(recipe: Recipe, measured: str) -> torch.memory_format:
    """How images lie in memory: as was measured to be quicker for strict float32; else channels last."""
    return LAYOUTS[measured] if recipe.precision == "float32" else torch.channels_last


def set_rounding(recipe: Recipe) -> None:
    """Makes this process round as the recipe asks, forward and backward, from now on.

    float32 is strict everywhere: PyTorch's own default lets convolutions on NVIDIA GPUs round to TF32.
    https://docs.pytorch.org/docs/stable/notes/cuda.html#tf32-on-ampere
    Several runs that take turns in one process may round differently, so each sets its way anew when it begins.
    """
    rounding = "tf32" if recipe.precision == "tf32" else "ieee"
    torch.backends.cuda.matmul.fp32_precision = rounding
    torch.backends.cudnn.conv.fp32_precision = rounding
    torch.backends.cudnn.deterministic = True  # The same run gives the same bits: cuDNN's other kernels add anyhow.


def autocast(recipe: Recipe, device: torch.device) -> AbstractContextManager:
    """A context for forward passes, in which products are of the recipe's half precision, if it has one."""
    if recipe.precision not in HALVES:
        return nullcontext()
    # Without the cache of cast weights, which a CUDA graph could not follow; here each weight is cast once anyway.
    return torch.autocast(device.type, dtype=HALVES[recipe.precision], cache_enabled=False)


def backward(recipe: Recipe, loss: torch.Tensor, model: nn.Module) -> None:
    """Computes the gradients of a loss, on the way there scaled up where small ones would be lost."""
    if recipe.precision != "float16":
        loss.backward()
        return
    (loss * LOSS_SCALE).backward()
    for weight in model.parameters():
        if weight.grad is not None:
            weight.grad.div_(LOSS_SCALE)
