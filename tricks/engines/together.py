"""Several trainings in turns on one device: each on a stream of its own, and how many at a time pay."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from tricks.training.device import give_memory_back, is_out_of_memory, synchronize

COUNTS = (1, 2, 4, 8)
GAIN = 1.1  # What more trainings at a time must bring to be worth their memory.
MEASURE_SECONDS = 0.3


def on_stream(parts: Iterator[Any], device: torch.device) -> Iterator[Any]:
    """Takes each part on a stream that belongs to this iterator alone, where the device has streams."""
    if device.type != "cuda":
        yield from parts
        return
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))  # What others have loaded must be there.
    with contextlib.closing(parts):
        while True:
            with torch.cuda.stream(stream):
                part = next(parts, None)
            if part is None:
                return
            yield part


def measure_together(
    begin: Callable[[int], Iterator[Any]], device: torch.device, clock: Callable[[], float] = time.perf_counter
) -> int:
    """The largest number of trainings at a time that is a tenth faster than the number before; `begin` takes a seed.

    What the device has no memory for is too many.
    """
    best, best_speed = 1, 0.0
    for count in COUNTS:
        speed = measure_parts_per_second([on_stream(begin(seed), device) for seed in range(count)], device, clock)
        give_memory_back(device)
        if speed < GAIN * best_speed:
            break
        best, best_speed = count, speed
    return best


def measure_parts_per_second(trainings: list[Iterator[Any]], device: torch.device, clock: Callable[[], float]) -> float:
    """The parts a second of trainings that take turns; the first two of each prepare it and are not counted.

    Where the device has no memory for them these are none.
    """
    with contextlib.ExitStack() as closing:
        for training in trainings:
            closing.callback(training.close)
        try:
            for training in trainings * 2:
                next(training)
            synchronize(device)
            began, parts, seconds = clock(), 0, 0.0
            while seconds < MEASURE_SECONDS:
                for training in trainings:
                    next(training, None)
                synchronize(device)
                parts += len(trainings)
                seconds = clock() - began
            return parts / seconds
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return 0.0
