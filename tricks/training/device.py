"""Where tensors live, and how exactly they are multiplied there."""

import os
import platform
from pathlib import Path

import torch

from tricks.recipe.run import Machine
from tricks.settings import check_device


def choose_device(wish: str) -> torch.device:
    """The device for "cpu", "cuda", "cuda:1" or "auto" (CUDA when there is one); a ValueError when it is not there."""
    check_device(wish, "device")
    if wish == "cpu" or (wish == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ValueError("this machine has no CUDA device that PyTorch can use: choose cpu or auto")
    device = torch.device("cuda" if wish == "auto" else wish)
    if (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"this machine has {torch.cuda.device_count()} CUDA devices, numbered from 0: not {wish}")
    torch.cuda.set_device(device)  # Streams, graphs and memory of this process are of this device from now on.
    return device


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


def use_threads(threads: int | None = None, slots: int = 1) -> None:
    """Fixes the number of processor threads, on which rounding depends; by default this slot's share of the cores.

    Denormals are flushed first: the threads that PyTorch starts later inherit the setting from this one.
    """
    torch.set_flush_denormal(True)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(threads or max(1, usable // slots))


def synchronize(device: torch.device) -> None:
    """Waits until the device has done all that it was asked, so that a clock tells the truth."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
