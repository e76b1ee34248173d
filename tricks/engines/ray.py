"""Runs as tasks of a Ray cluster, which a process of its own is connected to: this one never imports Ray.

That process speaks as a worker does, and ends when the cluster's head is gone; then runs wait for it, and go on from
their checkpoints.
"""

import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tricks.engines.engine import Capacity, HostUnfit, Node, WorkerDied
from tricks.engines.messages import Job
from tricks.engines.process import WorkerProcess
from tricks.engines.start import CONNECTS
from tricks.recipe.measurements import Checkpoint, Heartbeat, Machine, Measurement
from tricks.recipe.run import Run
from tricks.system.resources import name_machine

INSTALL = 'pip install "ray>=2.50"'
DEVICES = ("auto", "cpu", "cuda")
SILENT_BEATS = 4  # A task that is warm begins sooner than so many quarters of a second.
WAITING = "Waiting for a free place on the Ray cluster"
LEAVE_SECONDS = 5.0


class RayEngine:
    """Trains runs wherever the cluster at `address` has a free GPU or core; an empty address starts Ray here.

    On processors a run has one thread, or with `slots` an equal part of a node's cores; of a GPU `slots` runs have each
    a part.
    """

    place = "ray"
    speed = None  # Its nodes differ: what they have trained tells how fast they are.

    def __init__(self, address: str, device: str, data: Path, slots: int = 0):
        self._options = ["--address", address, "--device", device, "--data", str(data.absolute())]
        self._options += ["--slots", str(slots)]
        self.device_id = f"{name_machine()}-{self.place}"  # Ray itself makes servers of other machines wait.
        self._driver: WorkerProcess | None = None
        self._changing = threading.Lock()

    @property
    def machine(self) -> Machine | None:
        """What the first node is that has said so."""
        return self._driver.machine if self._driver else None

    @property
    def capacity(self) -> Capacity:
        """What the cluster has at this moment; while it has nothing, one run waits there, so that it may grow."""
        if not self._driver or not self._driver.machine:
            return Capacity()
        if self._driver.machine.device == "cuda":
            return Capacity(shares=max(1, self._driver.room))
        threads = self._driver.machine.threads
        return Capacity(shares=max(threads, self._driver.room * threads), alone=threads, beside=threads)

    @property
    def processes(self) -> tuple[int, ...]:
        """The process that is connected to the cluster."""
        return (self._driver.pid,) if self._driver and self._driver.is_usable() else ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The cluster's machines that are there."""
        return tuple(node for node in self._driver.nodes.values() if node.is_alive) if self._driver else ()

    def start(self) -> None:
        """Connects, unless that is done, and waits until a node is ready (EngineError)."""
        for _ in self._await_driver():
            pass

    def warm_up(self) -> None:
        """Makes ready (EngineError)."""
        self.start()

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0) -> Iterator[Measurement]:
        """Yields the machine, then what `train` yields; closing the iterator ends it, in less than a second."""
        yield from self._await_driver()
        driver = self._driver
        resumed = vars(checkpoint) if checkpoint else {}
        threads = threads or self.capacity.alone
        job = Job(dataset=run.recipe.dataset, values=run.recipe.values, seed=run.seed, threads=threads, **resumed)
        try:
            yield from tell_waiting(driver.work(driver.open_job(), job))
        except WorkerDied as error:
            if driver.is_usable():
                raise
            raise HostUnfit(f"the connection to the Ray cluster was lost: {error}") from None

    def stop(self) -> None:
        """Leaves the cluster, which ends all tasks; a Ray that was started here ends too."""
        with self._changing:
            if self._driver:
                self._driver.leave(LEAVE_SECONDS)
            self._driver = None

    def _await_driver(self) -> Iterator[Measurement]:
        with self._changing:
            if not self._driver or not self._driver.is_usable():
                if self._driver:
                    self._driver.kill()
                self._driver = WorkerProcess(self._options, CONNECTS)
        yield from self._driver.await_greeting()


def tell_waiting(measurements: Iterator[Measurement]) -> Iterator[Measurement]:
    """The measurements; signs of life that come long before the machine say what the run waits for."""
    beats = 0
    for measurement in measurements:
        beats += isinstance(measurement, Heartbeat)
        if isinstance(measurement, Machine):
            yield measurement
            break
        is_long = isinstance(measurement, Heartbeat) and not measurement.text and beats > SILENT_BEATS
        yield Heartbeat(text=WAITING) if is_long else measurement
    yield from measurements


def check_ray(devices: tuple[str, ...]) -> None:
    """A ValueError, in one sentence, where Ray is missing or is asked for what it decides itself."""
    if find_spec("ray") is None:
        raise ValueError(f"TRICKS_ENGINE=ray needs the package ray: {INSTALL}")
    if len(devices) > 1 or devices[0] not in DEVICES:
        raise ValueError(f"with TRICKS_ENGINE=ray the device must be {', '.join(DEVICES)}, not {','.join(devices)}")
