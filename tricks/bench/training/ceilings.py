"""What the machine can do at most: matrix products in both precisions, and copying memory."""

import time
from collections.abc import Callable

import torch

from tricks.recipe.network import count_flops, describe_network
from tricks.recipe.recipe import Recipe
from tricks.training.device import open_device, synchronize, use_threads

SIDE = {"cpu": 2048, "cuda": 8192}


def measure_ceilings(device_wish: str) -> dict[str, float]:
    """Floating-point operations a second by precision, and bytes a second read plus written."""
    use_threads()
    device, _ = open_device(device_wish)
    side = SIDE[device.type]
    found = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
        found[f"{name}_flops"] = 2 * side**3 / fastest(lambda a=left, b=right: a @ b, device)
    source = torch.randn(64 * 2**20, device=device)
    target = torch.empty_like(source)
    found["copied_bytes"] = 2 * source.nbytes / fastest(lambda: target.copy_(source), device)
    return found


def fastest(work: Callable[[], object], device: torch.device, tries: int = 7) -> float:
    """The seconds of the quickest of several tries: the ceiling, not the average."""
    seconds = []
    for _ in range(tries):
        synchronize(device)
        began = time.perf_counter()
        work()
        synchronize(device)
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])


def training_flops(recipe: Recipe) -> int:
    """Products of a training step for one image: forward, and backward for weights and, but for the first, inputs."""
    network = describe_network(recipe)
    first = sum(layer.flops for layer in network[0].layers if layer.input_shape == (3, 32, 32))
    return 3 * count_flops(network) - first
