"""One run, from where it was left to its place in the cache, safe beside whatever other processes do."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

from tricks.run import Checkpoint, Machine, Measurement, Run, Working
from tricks.store import Store
from tricks.writer import Busy

RETRY_SECONDS = 0.5


class Engine(Protocol):
    """Where a run is trained: yields the machine, then what `train` yields; closing the iterator ends the run."""

    machine: Machine | None
    place: str  # The device's number and the slot on it: one run at a time in each.

    def start(self) -> None:
        """Makes ready."""

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0) -> Iterator[Measurement]:
        """Trains the run."""

    def stop(self) -> None:
        """Ends everything."""


def execute(store: Store, engine: Engine, run: Run) -> Iterator[Measurement]:
    """Trains the run from where it was left and writes it down; yields the measurements once they are written.

    While another process trains this run, or trains on this device, it waits, and yields Working. A run that the
    other process finishes is not trained again: the iterator then just ends.
    """
    with ExitStack() as held:
        writer = None
        while writer is None:
            if store.find(run):
                return
            try:
                writer = held.enter_context(store.write(run))
            except Busy:
                yield from rest("Waiting for another process that trains this run")
        if store.find(run):
            return
        threads = writer.machine.threads if writer.machine and writer.machine.device == "cpu" else 0
        measurements = engine.train(run, writer.checkpoint, threads)
        held.callback(measurements.close)
        for measurement in measurements:
            if isinstance(measurement, Machine):
                yield from wait_for(store, f"device-{measurement.device}-{engine.place}", held)
            writer.append(measurement)
            yield measurement


def wait_for(store: Store, name: str, held: ExitStack) -> Iterator[Working]:
    """Takes the lock into `held`, with signs of life while another process has it."""
    while True:
        try:
            held.enter_context(store.lock(name))
            return
        except Busy:
            yield from rest("Waiting for another process that trains on this device")


def rest(text: str) -> Iterator[Working]:
    """A pause before the next try."""
    yield Working(text=text)
    threading.Event().wait(RETRY_SECONDS)
