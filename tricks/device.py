"""Where tensors live, and how exactly they are multiplied there."""

import os
import platform
from pathlib import Path

import torch

from tricks.recipe import Recipe
from tricks.run import Machine
from tricks.settings import DEVICES


def choose_device(wish: str) -> torch.device:
    """The device for "cpu", "cuda" or "auto" (CUDA when there is one); a ValueError when it is not there."""
    if wish not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, not {wish!r}")
    if wish == "cuda" and not torch.cuda.is_available():
        raise ValueError("this machine has no CUDA device that PyTorch can use: choose --device cpu or auto")
    return torch.device("cuda" if wish != "cpu" and torch.cuda.is_available() else "cpu")


def describe_machine(device: torch.device) -> Machine:
    """What this process would train on."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else read_processor_name()
    return Machine(device=device.type, name=name, threads=torch.get_num_threads(), torch=torch.__version__)


def read_processor_name() -> str:
    """The processor's name, as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def use_threads(threads: int | None = None) -> None:
    """Fixes the number of processor threads, on which rounding depends; by default one per usable core.

    Denormals are flushed first: the threads that PyTorch starts later inherit the setting from this one.
    """
    torch.set_flush_denormal(True)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(threads or usable)


def set_precision(recipe: Recipe, device: torch.device) -> torch.autocast:
    """Sets how float32 products round, and returns the context for forward passes.

    float32 is strict everywhere: PyTorch's own default lets convolutions on NVIDIA GPUs round to TF32.
    https://docs.pytorch.org/docs/stable/notes/cuda.html#tf32-on-ampere
    """
    rounding = "tf32" if recipe.precision == "tf32" else "ieee"
    torch.backends.cuda.matmul.fp32_precision = rounding
    torch.backends.cudnn.conv.fp32_precision = rounding
    # Without the cache of cast weights, which a CUDA graph could not follow; here each weight is cast once anyway.
    return torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=recipe.precision == "bfloat16", cache_enabled=False
    )


def synchronize(device: torch.device) -> None:
    """Waits until the device has done all that it was asked, so that a clock tells the truth."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
