"""The device's memory: that it ran out, why, and what freed tensors leave behind."""

import ctypes
import gc
from contextlib import suppress

import torch

# How PyTorch says that there is no room, where it has no type of its own for it.
NO_MEMORY = ("DefaultCPUAllocator", "CUDA error: out of memory", "_ALLOC_FAILED")
# What other programs may hold of a GPU before they are named: CUDA itself takes some in their name.
CROWDED_SHARE = 0.25


def is_out_of_memory(error: Exception) -> bool:
    """Whether the device, or on the CPU the system, had no room."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(word in str(error) for word in NO_MEMORY)


def explain_shortage(device: torch.device) -> str:
    """Why a run found no room although it was alone, and what helps: on a GPU other programs may hold much of it."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        others = total - free - torch.cuda.memory_reserved(device)
        if others > CROWDED_SHARE * total:
            return (
                "the device has not enough memory for this recipe while other programs hold"
                f" {others / 2**30:.1f} of its {total / 2**30:.1f} GiB: try again later, or choose a smaller network or"
                " batch"
            )
    return "the device has not enough memory for this recipe: choose a smaller network or batch"


def give_memory_back(device: torch.device) -> None:
    """Returns what freed tensors leave behind to the system: other programs may want it."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    with suppress(OSError, AttributeError, TypeError):  # Of a system whose memory is not kept by glibc; Windows.
        ctypes.CDLL(None).malloc_trim(0)
