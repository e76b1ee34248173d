"""Where tensors live, and what this process is good for there."""

import os
import platform
import time
from pathlib import Path

import torch
from torch import nn

from tricks.recipe.measurements import Machine
from tricks.settings import check_device
from tricks.system.resources import count_usable_cores
from tricks.training.speed import LAYOUTS

# How PyTorch says that there is nothing to be used; and what is there nevertheless on a machine with NVIDIA's hardware.
NO_GPU = ("Found no NVIDIA driver", "not compiled with CUDA")
NVIDIA = (Path("/dev/nvidia0"), Path("/proc/driver/nvidia"))
EXACT_CAPABILITY = (8, 0)  # The first GPUs with tf32, and with bfloat16 in hardware.


def choose_device(wish: str) -> torch.device:
    """The device for "cpu", "cuda", "cuda:1" or "auto" (CUDA when there is one); a ValueError when it is not there."""
    check_device(wish, "device")
    if wish == "cpu" or (wish == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        reason = explain_missing_gpu() or "there is none"
        raise ValueError(f"this machine has no CUDA device that PyTorch can use ({reason}): choose cpu or auto")
    index = int(wish.partition(":")[2] or 0)
    if index >= torch.cuda.device_count():
        raise ValueError(f"this machine has {torch.cuda.device_count()} CUDA devices, numbered from 0: not {wish}")
    return torch.device("cuda", index)


def open_device(wish: str) -> tuple[torch.device, str]:
    """The chosen device, tried out, and a sentence on what it is not good for, or why it is the CPU (ValueError).

    A GPU that PyTorch sees may still be one that it cannot use: `auto` then goes on with the CPU, and says so.
    """
    device = choose_device(wish)
    if device.type == "cpu":
        reason = explain_missing_gpu() if wish == "auto" else ""
        return device, f"the GPU of this machine cannot be used, so the CPU trains: {reason}" if reason else ""
    if not (reason := try_out(device)):
        return device, describe_limits(torch.cuda.get_device_capability(device))
    if wish != "auto":
        raise ValueError(f"the GPU {device} cannot be used ({reason}): choose cpu or auto")
    return torch.device("cpu"), f"the GPU of this machine cannot be used, so the CPU trains: {reason}"


def try_out(device: torch.device) -> str:
    """Makes the GPU this process's own and runs one kernel on it; why that failed, in a line, or nothing."""
    try:
        torch.cuda.set_device(device)  # Streams, graphs and memory of this process are of this device from now on.
        torch.ones(8, device=device).sum().item()
    except (RuntimeError, AssertionError) as error:
        return first_line(error)
    return ""


def explain_missing_gpu() -> str:
    """Why PyTorch cannot use the GPU that is there, in a line; nothing without one, or if it is hidden on purpose."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return ""
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        is_there = any(path.exists() for path in NVIDIA) or not any(words in str(error) for words in NO_GPU)
        return first_line(error) if is_there else ""
    return ""


def first_line(error: BaseException) -> str:
    """What an error says, without the advice that follows."""
    return (str(error).splitlines() or [repr(error)])[0].removeprefix("CUDA error: ").split(". ")[0].rstrip(".")


def describe_limits(capability: tuple[int, int]) -> str:
    """What a GPU of this capability does not do in hardware, in a sentence; nothing of a newer one."""
    if capability >= EXACT_CAPABILITY:
        return ""
    return "this GPU has no tf32, which equals float32 here, and emulates bfloat16, which is not faster here"


def describe_machine(device: torch.device, note: str = "") -> Machine:
    """What this process would train on, with what must be said of it."""
    on_gpu = device.type == "cuda"
    return Machine(
        device=device.type,
        name=torch.cuda.get_device_name(device) if on_gpu else read_processor_name(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        layout=measure_layout(device) if on_gpu else "channels_last",
        note=note,
    )


def read_uuid(device: torch.device) -> str:
    """What no other GPU has, on this machine or another; empty of a processor."""
    return str(getattr(torch.cuda.get_device_properties(device), "uuid", "")) if device.type == "cuda" else ""


def measure_layout(device: torch.device) -> str:
    """The layout in memory in which this GPU's strict float32 convolutions are quicker.

    On most it is channels last, but not on all: https://github.com/pytorch/pytorch/issues/44943
    """
    seconds = {name: time_convolutions(device, layout) for name, layout in LAYOUTS.items()}
    return min(seconds, key=seconds.get)


def time_convolutions(device: torch.device, layout: torch.memory_format, tries: int = 5) -> float:
    """The seconds of the quickest of some tries of convolutions as the baseline has them, forward and backward.

    Of so many images that the device is timed, and not the host that launches its work.
    """
    torch.backends.cudnn.conv.fp32_precision = "ieee"
    inputs = torch.randn(1024, 32, 16, 16, device=device).to(memory_format=layout).requires_grad_()
    convolution = nn.Conv2d(32, 64, 3, padding=1, device=device).to(memory_format=layout)
    seconds = []
    for _ in range(tries):
        synchronize(device)
        began = time.perf_counter()
        for _ in range(10):
            convolution(inputs).sum().backward()
        synchronize(device)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


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
    torch.set_num_threads(threads or max(1, count_usable_cores() // slots))


def synchronize(device: torch.device) -> None:
    """Waits until the device has done all that it was asked, so that a clock tells the truth."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def describe_for_repair(device: torch.device) -> str:
    """The device, as somebody who mends a fault from afar wants to know it."""
    if device.type == "cpu":
        return describe_machine(device).title
    facts = torch.cuda.get_device_properties(device)
    free, _ = torch.cuda.mem_get_info(device)
    return (
        f"{facts.name}, driver {read_driver_version()}, capability {facts.major}.{facts.minor}, {free / 2**30:.1f} of"
        f" {facts.total_memory / 2**30:.1f} GiB free, PyTorch {torch.__version__} for"
        f" {' '.join(torch.cuda.get_arch_list())}, cuDNN {torch.backends.cudnn.version()},"
        f" strict float32 in {describe_machine(device).layout.replace('_', ' ')}"
    )


def read_driver_version() -> str:
    """NVIDIA's driver, as the system tells it."""
    told = Path("/proc/driver/nvidia/version")
    words = told.read_text().split() if told.exists() else []
    return next((word for word in words if word[0].isdigit() and "." in word), "unknown")
