"""A worker's own program, or another of the product's, on a GPU that is not there: its tensors have no content.

`GPU_FAULT` is what is wrong with the GPU: "captures" always fail, or there is memory for so few "networks".
"""

import os
import runpy
import sys
import weakref
from contextlib import ExitStack
from types import SimpleNamespace
from unittest import mock

import torch
from torch import nn

from tests.training.fake_cuda import Anything, fake_cuda, move

FACTS = SimpleNamespace(name="a GPU", major=9, minor=0, total_memory=2**33)
FAULT, _, COUNT = os.environ.get("GPU_FAULT", "").partition(" ")


class Capture(Anything):
    """A capture, which CUDA may refuse at its end."""

    def __exit__(self, *failure):
        if FAULT == "captures":
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nin several lines")


class Memory:
    """Holds networks."""

    alive: weakref.WeakSet = weakref.WeakSet()

    @staticmethod
    def move(module: nn.Module, *place, **options) -> nn.Module:
        """`Module.to`, for which there may be no memory."""
        if FAULT == "networks" and len(Memory.alive) >= int(COUNT):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        Memory.alive.add(module)
        return move(module, *place, **options)


def main() -> None:
    """Works on the GPU."""
    cuda = {"device_count": lambda: 1, "set_device": lambda _: None, "synchronize": lambda *_: None}
    cuda |= {"get_device_capability": lambda _: (9, 0), "get_device_name": lambda _: "a GPU"}
    cuda |= {"graph": Capture, "empty_cache": lambda: None, "get_device_properties": lambda _: FACTS}
    cuda |= {"mem_get_info": lambda _: (FACTS.total_memory, FACTS.total_memory), "get_arch_list": lambda: ["sm_90"]}
    cuda |= {"set_sync_debug_mode": lambda _: None, "set_stream": lambda _: None}
    with fake_cuda(), ExitStack() as stack:
        for name, stand_in in cuda.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, stand_in))
        stack.enter_context(mock.patch.object(nn.Module, "to", Memory.move))
        stack.enter_context(mock.patch.object(torch.Tensor, "backward", lambda _: None))  # Nothing is learned here.
        _, _, module, *options = sys.argv  # Of a Python that was asked for a module.
        sys.argv = [module, *options]
        runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
