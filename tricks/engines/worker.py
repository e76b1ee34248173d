"""The process that trains: PyTorch imported and the data in memory, so that a job starts at once.

It may have several jobs, which it does in turns. It ends itself when the process that started it is gone, which it sees
by the end of its standard input.
"""

import argparse
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import torch

from tricks.engines.messages import DeviceId, Failed, Job, Output, Room, Stop, Stopped, beat, receive
from tricks.engines.together import measure_together
from tricks.recipe.measurements import Heartbeat, Preparing, Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import CheckpointMismatch
from tricks.training.cifar10 import DataError
from tricks.training.data import Dataset
from tricks.training.datasets import finish, load_dataset
from tricks.training.device import (
    describe_machine,
    first_line,
    open_device,
    read_uuid,
    synchronize,
    use_threads,
)
from tricks.training.graph import CaptureFailed
from tricks.training.loop import train
from tricks.training.memory import explain_shortage, give_memory_back, is_out_of_memory
from tricks.training.pace import measure_speed
from tricks.training.streams import Streams, leave_default_stream

CROWDED = "the device has not enough memory for this recipe beside other runs"
LONG = Recipe(epochs=200)  # Longer than anybody measures.


def main() -> None:
    """Announces the machine, then trains what it is asked until nobody is there to ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--slots", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--plainly", default="")
    options = parser.parse_args()
    output = Output(os.fdopen(os.dup(1), "wb"))
    threading.Thread(target=beat, args=(output,), daemon=True).start()
    os.dup2(2, 1)  # Whatever a library prints goes to the log, not between the measurements.
    orders: queue.SimpleQueue[tuple[int, Job | Stop]] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, orders), daemon=True).start()
    try:
        use_threads()
        device, note = open_device(options.device)
        leave_default_stream(device)
        streams = Streams(device)
        datasets = {"toy": warm_up_process(device, options.plainly)}
        room = options.jobs or count_jobs(streams, datasets["toy"], options.slots, options.plainly)
        machine = describe_machine(device, note)
        speed = [measure_speed(datasets["toy"], options.plainly)] if options.measure else []
        give_memory_back(device)  # What the warming up took.
    except (ValueError, RuntimeError, CaptureFailed) as error:
        output.send(explain_no_start(error))
        return
    for answer in (Room(jobs=room), DeviceId(uuid=read_uuid(device)), *speed, machine):
        output.send(answer)

    def begin(job: Job) -> Iterator[Any]:
        job = replace(job, plainly=job.plainly or options.plainly)
        return do(job, options.data, device, datasets, machine.layout)

    work_in_turns(orders, output, device, streams, begin)


def explain_no_start(error: Exception) -> Failed:
    """Why this process cannot train, in a sentence."""
    if isinstance(error, CaptureFailed):
        return Failed(reason=str(error), cause="capture")
    if is_out_of_memory(error):
        return Failed(reason="the device has not enough memory left to begin", cause="host")
    return Failed(reason=first_line(error) if isinstance(error, RuntimeError) else str(error), cause="host")


def listen(stream: BinaryIO, orders: queue.SimpleQueue) -> None:
    """Takes orders from the engine; its silence for good ends the process."""
    while order := receive(stream):
        orders.put(order)
    os._exit(0)


def warm_up_process(device: torch.device, plainly: str) -> Dataset:
    """Trains a little on the toy set, so that the first visitor does not wait for PyTorch's own first times."""
    dataset = finish(load_dataset("toy", Path(), device))
    measurements = train(Run(recipe=Recipe(dataset="toy"), seed=0), dataset, plainly=plainly)
    next(measurements)
    measurements.close()
    return dataset


def count_jobs(streams: Streams, toy: Dataset, slots: int, plainly: str) -> int:
    """How many jobs to do at a time: on a GPU as many as pay, or as the settings say, on the processor one.

    It is measured in epochs as long as CIFAR-10's, of the toy set's images over and over.
    """
    if streams.device.type == "cpu":
        return 1
    if slots:
        return slots
    times = -(-Recipe().train_images // len(toy.train_images))
    images, labels = toy.train_images.repeat(times, 1, 1, 1), toy.train_labels.repeat(times)
    dataset = replace(toy, train_images=images, train_labels=labels)
    return measure_together(lambda seed: train(Run(recipe=LONG, seed=seed), dataset, plainly=plainly), streams)


def work_in_turns(
    orders: queue.SimpleQueue,
    output: Output,
    device: torch.device,
    streams: Streams,
    begin: Callable[[Job], Iterator[Any]],
) -> None:
    """Does the jobs that are ordered, one part of each after the other, each on a stream of its own; takes no end."""
    jobs: dict[int, Iterator[Any]] = {}
    while True:
        while not jobs or not orders.empty():
            number, order = orders.get()
            if isinstance(order, Job):
                jobs[number] = streams.run(begin(order))
            else:
                if number in jobs:
                    jobs.pop(number).close()
                    give_memory_back(device)
                output.send(Stopped(), number)
        for number, parts in list(jobs.items()):
            part = next(parts)
            if isinstance(part, Failed) and part.cause == "memory" and len(jobs) > 1:
                part = replace(part, reason=CROWDED, cause="company")
            if not isinstance(part, Heartbeat):
                output.send(part, number)
            if isinstance(part, Failed) and part.last:
                os._exit(1)  # After a CUDA error nothing works in this process any more.
            if isinstance(part, Result | Failed):
                jobs.pop(number).close()
                give_memory_back(device)


def do(job: Job, data: Path, device: torch.device, datasets: dict[str, Dataset | None], layout: str) -> Iterator[Any]:
    """Yields what the job measures, and in the end a result, or why there is none."""
    try:
        use_threads(job.threads or None)
        dataset = yield from load_once(job.run.recipe.dataset, data, device, datasets)
        yield from train(job.run, dataset, job.checkpoint, plainly=job.plainly, layout=layout)
    except DataError as error:
        yield Failed(reason=str(error), cause="host")
    except CheckpointMismatch as error:
        yield Failed(reason=str(error))
    except CaptureFailed as error:
        yield Failed(reason=str(error), last=True, cause="capture")
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            yield Failed(reason=explain_shortage(device), cause="memory")
            return
        traceback.print_exc()
        reason = f"the training failed ({str(error).splitlines()[0]})"
        yield Failed(reason=reason, last=device.type == "cuda")


def load_once(
    name: str, data: Path, device: torch.device, datasets: dict[str, Dataset | None]
) -> Iterator[Heartbeat | Preparing]:
    """The dataset, loaded by the first job that needs it; others wait, and find None there meanwhile."""
    while name in datasets and datasets[name] is None:
        yield Heartbeat()
    if name not in datasets:
        datasets[name] = None
        try:
            loaded = yield from load_dataset(name, data, device)
            synchronize(device)  # Other jobs use it on other streams.
            datasets[name] = loaded
        finally:
            if datasets[name] is None:
                del datasets[name]
    return datasets[name]


if __name__ == "__main__":
    try:
        main()
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # Python's own way out would wait for the thread that listens.
    os._exit(0)
