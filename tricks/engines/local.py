"""Warm worker processes on one device of this machine; a crash takes only the worker, and the next run gets a new one.

On the processor each run that is trained has a process of its own; on a GPU all share one, which trains them in turns.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tricks.engines.engine import Capacity, NeedsPlainSteps, Node
from tricks.engines.messages import Job
from tricks.engines.process import WorkerProcess
from tricks.recipe.measurements import Checkpoint, Heartbeat, Machine, Measurement
from tricks.recipe.run import Run
from tricks.recipe.work import Speed
from tricks.system.resources import count_held_bytes, count_usable_bytes, count_usable_cores, name_machine

WORKER_BYTES = 1.0e9  # What a worker with the data, a network and its batches holds, roughly.


class LocalEngine:
    """Trains runs in worker processes, which it starts when needed and keeps warm.

    At most `slots` at a time (0: as many as there is room for); `jobs` is how many one process trains (0: on the
    processor one, on a GPU as many as pay).
    """

    def __init__(self, device: str, data: Path, slots: int = 0, jobs: int = 0):
        self.device = device
        self.data = data
        self.slots = slots
        self.nodes: tuple[Node, ...] = ()
        self.place = device.partition(":")[2] or "0"
        self.device_id = name_device(self.place)
        self.machine: Machine | None = None
        self.speed: Speed | None = None
        self._measures = False
        self._plainly = ""  # Why no worker takes its steps as CUDA graphs, if that is so.
        self.capacity = Capacity()
        self._options = ["--device", device, "--data", str(data), "--slots", str(slots), "--jobs", str(jobs)]
        self._workers: list[WorkerProcess] = []
        self._changing = threading.Lock()

    def start(self) -> None:
        """Starts the first worker, unless there is one, and waits until it is ready (EngineError)."""
        for _ in self._await_first():
            pass

    def warm_up(self) -> None:
        """Makes ready, and measures how fast the device is (EngineError)."""
        self._measures = True
        self.start()

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0) -> Iterator[Measurement]:
        """Yields the machine, then what `train` yields; closing the iterator ends the run within a second."""
        yield from self._await_first()
        threads = threads or self.capacity.alone
        resumed = vars(checkpoint) if checkpoint else {}
        job = Job(dataset=run.recipe.dataset, values=run.recipe.values, seed=run.seed, threads=threads, **resumed)
        try:
            yield from self._work(job, greet=True)
        except NeedsPlainSteps as error:  # A process in which a capture has failed is not to be trusted any more.
            yield from self._await_first()
            yield from self._work(replace(job, plainly=str(error)), greet=False)

    def _work(self, job: Job, greet: bool) -> Iterator[Measurement]:
        """The machine, when somebody is to be greeted, then what a worker says of the job."""
        worker, number = self._open_job()
        try:
            yield from worker.await_greeting()
            if greet:
                yield replace(worker.machine, threads=job.threads or worker.machine.threads)
        except BaseException:
            del worker.jobs[number]
            raise
        yield from worker.work(number, job)

    @property
    def process(self) -> int | None:
        """The first worker's process number, while there is one."""
        return next(iter(self.processes), None)

    @property
    def processes(self) -> tuple[int, ...]:
        """The process numbers of all workers."""
        with self._changing:
            return tuple(worker.pid for worker in self._workers if worker.is_usable())

    def stop(self) -> None:
        """Ends the workers."""
        with self._changing:
            for worker in self._workers:
                worker.kill()
            self._workers = []
            self.machine = None

    def _await_first(self) -> Iterator[Heartbeat]:
        """Signs of life until a worker has said what the machine is, and how much it can do."""
        worker = self._find_first()
        try:
            yield from worker.await_greeting()
        except NeedsPlainSteps as error:
            self._plainly = str(error)
            worker = self._find_first()
            yield from worker.await_greeting()
        self.machine, self.speed = worker.machine, worker.speed or self.speed
        self.device_id = worker.device_uuid or name_device(self.place)
        on_gpu = worker.machine.device == "cuda" or worker.room > 1
        self.capacity = Capacity(shares=worker.room) if on_gpu else measure_processor(self.slots, self.processes)

    def _find_first(self) -> WorkerProcess:
        """A worker, a new one where there is none."""
        with self._changing:
            workers = self._list_workers()
            return workers[0] if workers else self._add_worker()

    def _open_job(self) -> tuple[WorkerProcess, int]:
        """A worker that has room, a new one if none has, and the number that the job has with it."""
        with self._changing:
            free = [worker for worker in self._list_workers() if worker.has_room()]
            worker = free[0] if free else self._add_worker()
            return worker, worker.open_job()

    def _list_workers(self) -> list[WorkerProcess]:
        """The workers that can be used; the others are put away."""
        for worker in [worker for worker in self._workers if not worker.is_usable()]:
            worker.kill()
            self._workers.remove(worker)
        return self._workers

    def _add_worker(self) -> WorkerProcess:
        measure = ["--measure"] if self._measures and not self.speed else []
        self._workers.append(WorkerProcess([*self._options, "--plainly", self._plainly, *measure]))
        return self._workers[-1]


def name_device(place: str) -> str:
    """What tells a device with this number from those of other machines."""
    return f"{name_machine()}-{place}"


def measure_processor(slots: int, workers: Sequence[int] = ()) -> Capacity:
    """What the processor gives: with `slots` that many equal parts, else its cores, as far as memory allows.

    What the workers that there are (`workers`, the numbers of their processes) hold has room for them.
    """
    cores = count_usable_cores()
    if slots:
        threads = max(1, cores // slots)
        return Capacity(shares=slots * threads, alone=threads, beside=threads)
    room = count_usable_bytes() + sum(min(WORKER_BYTES, count_held_bytes(worker)) for worker in workers)
    return Capacity(shares=max(1, min(cores, int(room // WORKER_BYTES))), alone=cores, beside=1)
