"""How many trainings at a time pay on one device, where each has a stream of its own."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from tricks.training.device import synchronize
from tricks.training.memory import give_memory_back, is_out_of_memory
from tricks.training.streams import Streams

COUNTS = (1, 2, 4, 8)
GAIN = 1.1  # What more trainings at a time must bring to be worth their memory.
MEASURE_SECONDS = 0.3


def measure_together(
    begin: Callable[[int], Iterator[Any]],
    streams: Streams,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """The largest number of trainings at a time that is a tenth faster than the number before; `begin` takes a seed.

    What the device has no memory for is too many.
    """
    best, best_speed = 1, 0.0
    for count in COUNTS:
        speed = measure_parts_per_second([streams.run(begin(seed)) for seed in range(count)], streams.device, clock)
        give_memory_back(streams.device)
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
