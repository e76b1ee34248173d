"""The process that trains: PyTorch imported and the data in memory, so that a job starts at once.

It ends itself when the process that started it is gone, which it sees by the end of its standard input.
"""

import argparse
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO

import torch

from tricks.engines.messages import Failed, Job, Stop, Stopped, receive, send
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import CheckpointMismatch
from tricks.training.data import Dataset
from tricks.training.datasets import DataError, finish, load_dataset
from tricks.training.device import describe_machine, open_device, use_threads
from tricks.training.loop import train

TOO_BIG = "the device has not enough memory for this recipe: choose a smaller network or batch"


def main() -> None:
    """Announces the machine, then trains what it is asked until nobody is there to ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--slots", type=int, default=1)
    options = parser.parse_args()
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Whatever a library prints goes to the log, not between the measurements.
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    stopped = threading.Event()
    threading.Thread(target=listen, args=(sys.stdin.buffer, jobs, stopped), daemon=True).start()
    try:
        use_threads(slots=options.slots)
        device, note = open_device(options.device)
        datasets = {"toy": warm_up(device)}
    except (ValueError, RuntimeError) as error:
        send(output, Failed(reason=str(error)))
        return
    send(output, describe_machine(device, note))
    while True:
        use_threads(slots=options.slots)
        work(jobs.get(), options.data, device, datasets, stopped, output)
        if device.type == "cuda":
            torch.cuda.empty_cache()  # Other slots and programs may want what this run no longer needs.


def listen(stream: BinaryIO, jobs: queue.SimpleQueue, stopped: threading.Event) -> None:
    """Takes orders from the engine; its silence for good ends the process."""
    while order := receive(stream):
        if isinstance(order, Stop):
            stopped.set()
        else:
            stopped.clear()
            jobs.put(order)
    os._exit(0)


def warm_up(device: torch.device) -> Dataset:
    """Trains a little on the toy set, so that the first visitor does not wait for PyTorch's own first times."""
    dataset = finish(load_dataset("toy", Path(), device))
    measurements = train(Run(recipe=Recipe(dataset="toy"), seed=0), dataset)
    next(measurements)
    measurements.close()
    return dataset


def work(
    job: Job, data: Path, device: torch.device, datasets: dict[str, Dataset], stopped: threading.Event, output: BinaryIO
) -> None:
    """Does one job; sends what it measures, and in the end a result, or why there is none."""
    name = job.run.recipe.dataset
    try:
        if job.threads:
            use_threads(job.threads)
        if name not in datasets:
            loading = load_dataset(name, data, device)
            while name not in datasets:
                try:
                    send(output, next(loading))
                except StopIteration as end:
                    datasets[name] = end.value
        for measurement in train(job.run, datasets[name], job.checkpoint):
            if stopped.is_set():
                send(output, Stopped())
                return
            send(output, measurement)
    except (DataError, CheckpointMismatch) as error:
        send(output, Failed(reason=str(error)))
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            send(output, Failed(reason=TOO_BIG))
            return
        traceback.print_exc()
        send(output, Failed(reason=f"the training failed ({str(error).splitlines()[0]})"))
        if device.type == "cuda":
            os._exit(1)  # After a CUDA error nothing works in this process any more.


def is_out_of_memory(error: Exception) -> bool:
    """Whether the device, or on the CPU the system, had no room: PyTorch has no type of its own for the latter."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)


if __name__ == "__main__":
    try:
        main()
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # Python's own way out would wait for the thread that listens.
    os._exit(0)
