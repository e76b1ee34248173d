"""One run, from where it was left to its place in the cache, safe beside whatever other processes do."""

import enum
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from tricks.engines.engine import Engine, EngineError, HostUnfit, WorkerDied
from tricks.recipe.measurements import Heartbeat, Machine, Measurement
from tricks.recipe.run import Run
from tricks.scheduling.journal import write_fault
from tricks.store.files import CHECKPOINT
from tricks.store.store import Store
from tricks.store.writer import Locked, StoreError

RETRY_SECONDS = 0.5
ELSEWHERE = Heartbeat(text="Waiting for another process that trains this run")
PATH = re.compile(r"(?<![\w.:/…])/[^\s:,()]*[^\s:,()/]")


class Status(enum.Enum):
    """How a try to train a run ended."""

    DONE = enum.auto()
    WITHDRAWN = enum.auto()
    DIED = enum.auto()  # Its worker did.
    DIED_IN_COMPANY = enum.auto()  # Its worker did, while it trained others too, or left for another one's fault.
    HELD_UP = enum.auto()  # By the host: its cache cannot be written, its device or its data are missing.
    FAILED = enum.auto()
    ELSEWHERE = enum.auto()  # Another process trains the run.


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How a try to train a run ended, and why, if not well."""

    status: Status
    reason: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done for the run."""
        return self.status in (Status.DONE, Status.FAILED)


def attempt(
    store: Store,
    engine: Engine,
    run: Run,
    is_wanted: Callable[[Run, Measurement], bool],
    threads: int = 0,
    shares: int = 0,
) -> Attempt:
    """Trains the run while it is wanted, which is asked after each measurement, and tells how that ended."""
    try:
        with closing(execute(store, engine, run, threads, shares)) as measurements:
            for measurement in measurements:
                if measurement == ELSEWHERE:
                    return Attempt(status=Status.ELSEWHERE)
                if not is_wanted(run, measurement):
                    return Attempt(status=Status.WITHDRAWN)
    except WorkerDied as error:
        return Attempt(status=Status.DIED if error.alone else Status.DIED_IN_COMPANY, reason=str(error))
    except (StoreError, HostUnfit) as error:
        return Attempt(status=Status.HELD_UP, reason=hide_folders(str(error)))
    except EngineError as error:
        return Attempt(status=Status.FAILED, reason=hide_folders(str(error)))
    except Exception as error:  # A fault of ours must not end the queue for everybody.
        write_fault()
        return Attempt(status=Status.FAILED, reason=f"an unexpected fault ({type(error).__name__})")
    return Attempt(status=Status.DONE)


def hide_folders(text: str) -> str:
    """The text for visitors: of a path only its end, since where things lie on the host is nobody's business."""
    return PATH.sub(lambda path: f"…/{path[0].rpartition('/')[2]}", text)


def execute(store: Store, engine: Engine, run: Run, threads: int = 0, shares: int = 0) -> Iterator[Measurement]:
    """Trains the run from where it was left and writes it down; yields the measurements once they are written.

    It has `threads` unless it was begun with others (0: all that one alone has), and takes `shares` of the device (0:
    as many as its threads). While another process trains this run, or has the device, it waits, and yields Heartbeat. A
    run that the other process finishes is not trained again: the iterator then just ends.
    """
    with ExitStack() as held:
        writer = None
        while writer is None:
            if store.find(run):
                return
            try:
                writer = held.enter_context(store.write(run))
            except Locked:
                yield from rest(ELSEWHERE.text)
        if store.find(run):
            return
        begun = writer.machine.threads if writer.machine and writer.machine.device == "cpu" else 0
        measurements = engine.train(run, writer.checkpoint, begun or threads)
        held.callback(measurements.close)
        for measurement in measurements:
            if isinstance(measurement, Machine):
                capacity = engine.capacity  # As it is now: it may have become smaller since the turn was planned.
                taken = shares or capacity.count_shares(measurement.threads if capacity.alone else 1)
                device = f"device-{measurement.device}-{engine.device_id}"
                yield from take_shares(store, device, min(taken, capacity.shares), capacity.shares, held)
            writer.append(measurement)
            yield measurement


def read_threads(store: Store, run: Run) -> int:
    """The threads that a run was begun with on a processor, whoever asks for it now; 0 when it begins afresh."""
    if not store.path(run, CHECKPOINT).exists():
        return 0
    record = store.read(run)
    return record.machine.threads if record and record.machine.device == "cpu" else 0


def take_shares(store: Store, device: str, count: int, whole: int, held: ExitStack) -> Iterator[Heartbeat]:
    """Takes so many of the device's `whole` locks into `held`, with signs of life while other processes have them.

    One at a time collects, so that two never wait for each other, and who needs many is not overtaken for ever.
    """
    with ExitStack() as collecting:
        while not try_lock(store, f"{device}.turn", collecting):
            yield from rest("Waiting for another process that trains on this device")
        free = list(range(whole))
        while count:
            for number in list(free):
                if count and try_lock(store, f"{device}.{number}", held):
                    free.remove(number)
                    count -= 1
            if count:
                yield from rest("Waiting for another process that trains on this device")


def try_lock(store: Store, name: str, held: ExitStack) -> bool:
    """Takes the lock into `held`, unless somebody else has it."""
    try:
        held.enter_context(store.lock(name))
    except Locked:
        return False
    return True


def rest(text: str) -> Iterator[Heartbeat]:
    """A pause before the next try."""
    yield Heartbeat(text=text)
    threading.Event().wait(RETRY_SECONDS)
