"""Who trains what, in which order: one queue for all visitors of this process, worked off by one thread."""

import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Protocol

from tricks.engines.local import EngineError
from tricks.requests import Request, forget_request, read_queue, write_request
from tricks.run import Checkpoint, Machine, Measurement, Run, Working
from tricks.store import Store
from tricks.writer import Busy, StoreError

RETRY_SECONDS = 0.5


class Engine(Protocol):
    """Where a run is trained: yields the machine, then what `train` yields; closing the iterator ends the run."""

    machine: Machine | None

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
                yield from wait_for(store, f"device-{measurement.device}", held)
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


class Scheduler:
    """The queue. Asking twice for a run joins; a run ends when its last visitor withdraws."""

    def __init__(self, store: Store, engine: Engine):
        self.store = store
        self.engine = engine
        self._requests: dict[str, Request] = {each.run.name: each for each in read_queue(store.folder)}
        self._failures: dict[str, Request] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)
        self._thread.start()

    def ask(self, run: Run, visitor: str) -> None:
        """Puts the run into the queue, or joins those who asked for it before."""
        with self._changed:
            self._failures.pop(run.name, None)
            request = self._requests.get(run.name, Request(run=run, visitors=frozenset()))
            self._keep(replace(request, visitors=request.visitors | {visitor}))
            self._changed.notify_all()

    def withdraw(self, run: Run, visitor: str) -> None:
        """Takes the visitor's request back; the run ends, resumable, when nobody else asks for it."""
        with self._changed:
            if request := self._requests.get(run.name):
                request = replace(request, visitors=request.visitors - {visitor})
                self._keep(request)
                if not request.visitors and not request.running:
                    del self._requests[run.name]
            self._changed.notify_all()

    def queue(self) -> list[Request]:
        """The requests in the order of their turn, the running one first."""
        with self._changed:
            wanted = [request for request in self._requests.values() if request.visitors]
            return sorted(wanted, key=lambda request: not request.running)

    def failures(self) -> list[Request]:
        """The requests that could not be trained, until somebody asks for them again."""
        with self._changed:
            return list(self._failures.values())

    def close(self) -> None:
        """Ends the run in hand, resumable, and the engine."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout=5)
        self.engine.stop()

    def _work(self) -> None:
        self.engine.start()
        while run := self._next():
            failure = self._train(run)
            with self._changed:
                request = replace(self._requests.pop(run.name), running=False, waiting="")
                if failure or not request.visitors or self.store.find(run):
                    forget_request(self.store.folder, run)
                if failure:
                    self._failures[run.name] = replace(request, failure=failure)
                elif request.visitors and not self.store.find(run):
                    self._requests[run.name] = request  # Somebody asked again while the run was being stopped.

    def _next(self) -> Run | None:
        """Waits for the next run and marks it as running; None when the scheduler is closed."""
        with self._changed:
            while not self._requests and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            request = next(iter(self._requests.values()))
            self._requests[request.run.name] = replace(request, running=True)
            return request.run

    def _train(self, run: Run) -> str:
        """Trains the run while somebody asks for it; returns why it failed, if it did."""
        measurements = execute(self.store, self.engine, run)
        try:
            for measurement in measurements:
                if not self._is_wanted(run, measurement):
                    break
        except (EngineError, StoreError) as error:
            return str(error)
        except Exception as error:  # A fault of ours must not end the queue for everybody.
            traceback.print_exc()
            return f"an unexpected fault ({type(error).__name__})"
        finally:
            measurements.close()
        return ""

    def _keep(self, request: Request) -> None:
        """Takes the request over, and writes it down for the next start."""
        self._requests[request.run.name] = request
        if request.visitors:
            write_request(self.store.folder, request)
        else:
            forget_request(self.store.folder, request.run)

    def _is_wanted(self, run: Run, measurement: Measurement) -> bool:
        """Notes what holds the run up, and tells whether anybody still asks for it."""
        with self._changed:
            request = self._requests[run.name]
            waiting = measurement.text if isinstance(measurement, Working) else ""
            if request.waiting != waiting:
                self._requests[run.name] = replace(request, waiting=waiting)
            return bool(request.visitors) and not self._closed
