"""One run, from where it was left to its place in the cache, safe beside whatever other processes do."""

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Protocol

from tricks.engines.local import EngineError, WorkerDied
from tricks.recipe.run import Checkpoint, Heartbeat, Machine, Measurement, Run
from tricks.store.store import Store
from tricks.store.writer import Locked, StoreError

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


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How a try to train a run ended: done, withdrawn, death (of the worker), trouble (of the cache), or failure."""

    kind: str
    reason: str = ""


def attempt(store: Store, engine: Engine, run: Run, is_wanted: Callable[[Run, Measurement], bool]) -> Attempt:
    """Trains the run while it is wanted, which is asked after each measurement, and tells how that ended."""
    try:
        with closing(execute(store, engine, run)) as measurements:
            for measurement in measurements:
                if not is_wanted(run, measurement):
                    return Attempt(kind="withdrawn")
    except WorkerDied as error:
        return Attempt(kind="death", reason=str(error))
    except StoreError as error:
        return Attempt(kind="trouble", reason=str(error))
    except EngineError as error:
        return Attempt(kind="failure", reason=str(error))
    except Exception as error:  # A fault of ours must not end the queue for everybody.
        traceback.print_exc()
        return Attempt(kind="failure", reason=f"an unexpected fault ({type(error).__name__})")
    return Attempt(kind="done")


def execute(store: Store, engine: Engine, run: Run) -> Iterator[Measurement]:
    """Trains the run from where it was left and writes it down; yields the measurements once they are written.

    While another process trains this run, or trains on this device, it waits, and yields Heartbeat. A run that the
    other process finishes is not trained again: the iterator then just ends.
    """
    with ExitStack() as held:
        writer = None
        while writer is None:
            if store.find(run):
                return
            try:
                writer = held.enter_context(store.write(run))
            except Locked:
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


def wait_for(store: Store, name: str, held: ExitStack) -> Iterator[Heartbeat]:
    """Takes the lock into `held`, with signs of life while another process has it."""
    while True:
        try:
            held.enter_context(store.lock(name))
            return
        except Locked:
            yield from rest("Waiting for another process that trains on this device")


def rest(text: str) -> Iterator[Heartbeat]:
    """A pause before the next try."""
    yield Heartbeat(text=text)
    threading.Event().wait(RETRY_SECONDS)
