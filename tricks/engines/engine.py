"""What an engine is: somewhere that trains runs, several at a time as far as its device has room."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from tricks.recipe.measurements import Checkpoint, Machine, Measurement
from tricks.recipe.run import Run
from tricks.recipe.work import Speed


class EngineError(Exception):
    """A run could not be trained; the message is one sentence for the visitor."""


class WorkerDied(EngineError):
    """The worker ended in the middle of a run, which may go on from its last checkpoint.

    `alone`: the worker had no other run and did not announce its end, so that the run may well be the cause.
    """

    def __init__(self, reason: str, alone: bool = True):
        super().__init__(reason)
        self.alone = alone


class Crowded(WorkerDied):
    """The run had too little memory beside its worker's others, which live on; alone it may have enough."""

    def __init__(self, reason: str):
        super().__init__(reason, alone=False)


class HostUnfit(EngineError):
    """The host is at fault, not the run: its device or its data are missing. The run waits until that is mended."""


class NeedsPlainSteps(EngineError):
    """A CUDA graph could not be captured; a fresh worker may train with plain steps."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a device gives at a time: `shares` in all.

    On the processor a share is a core, and a run takes one for each of its threads: `alone` when it begins alone,
    `beside` when others wait or are trained. On a GPU a run takes one share, and threads are 0: they do not matter.
    """

    shares: int = 1
    alone: int = 0
    beside: int = 0

    def choose_threads(self, resumed: int, alone: bool) -> int:
        """The threads of a run that begins now; one that goes on keeps those it began with, since rounding follows."""
        if not self.alone:
            return 0
        return resumed or (self.alone if alone else self.beside)

    def count_shares(self, threads: int) -> int:
        """The shares that a run with so many threads takes."""
        return min(max(1, threads), self.shares)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One machine of a cluster: what it has, and how many runs it trains; `note` is what is wrong with it, if anything.

    `machine` is empty until it has said what it is.
    """

    name: str
    cores: int
    gpus: int
    machine: str = ""
    running: int = 0
    is_alive: bool = True
    note: str = ""


class Engine(Protocol):
    """Trains runs on one device, or on the machines of one cluster, also from several threads at the same time."""

    machine: Machine | None
    speed: Speed | None  # None until it was measured.
    place: str  # The device's number.
    device_id: str  # The same in all processes that use this device, and of no other one on any machine.
    capacity: Capacity
    processes: tuple[int, ...]  # Those of its workers on this machine.
    nodes: tuple[Node, ...]  # Those of its cluster, where it is one.

    def start(self) -> None:
        """Makes ready; then `machine` and `capacity` are known (EngineError)."""

    def warm_up(self) -> None:
        """Makes ready, and measures how fast the device is (EngineError)."""

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0) -> Iterator[Measurement]:
        """Yields the machine, then what `train` yields; closing the iterator ends the run within a second."""

    def stop(self) -> None:
        """Ends everything."""
