"""Values on a pipe to a worker, or to who draws, and back: a line of JSON each, and the raw bytes that it announces.

A worker may have several jobs, so each value goes with the number of the job that it is about; 0 is the worker itself.
"""

import contextlib
import io
import json
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np

from tricks.engines.engine import Node
from tricks.recipe.measurements import Checkpoint, Epoch, GraphCheck, Losses, Machine, Preparing, Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.recipe.work import Speed

PULSE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the worker is asked to train; `threads` 0 is the machine's own number.

    `plainly` says why it should take plain steps, if it should; `layout` is that of the checkpoint.
    """

    dataset: str
    values: dict[str, Any]
    seed: int
    threads: int
    plainly: str = ""
    layout: str = "channels_last"
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    state: bytes = b""

    @property
    def run(self) -> Run:
        """The run."""
        return Run(recipe=Recipe(dataset=self.dataset, **self.values), seed=self.seed)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Where to go on, if anywhere."""
        if not self.state:
            return None
        progress = {"epoch": self.epoch, "step": self.step, "seconds": self.seconds}
        return Checkpoint(**progress, state=self.state, layout=self.layout)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Ends the job."""


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """The job was ended by Stop."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The job cannot be done, for a reason that a visitor can understand.

    `last`: the worker ends itself after it. `cause` is "run"; "memory", too little of it; "company", beside which there
    is too little of it; "capture", which another worker with plain steps does not need; "host", whose fault keeps every
    such run waiting; or "worker", which died, on another machine perhaps.
    """

    reason: str
    last: bool = False
    cause: str = "run"


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """The worker's process is alive, whatever it is busy with."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """How many jobs the worker does at a time."""

    jobs: int


@dataclass(frozen=True, kw_only=True)
class DeviceId:
    """What the worker's device has as its own, whatever number it has here; empty where it has nothing such."""

    uuid: str


@dataclass(frozen=True, kw_only=True)
class PictureOrder:
    """Asks for the picture of a trick, by its name, in a recipe; `draw` numbers what chance decides."""

    trick: str
    dataset: str
    values: dict[str, Any]
    draw: int

    @property
    def recipe(self) -> Recipe:
        """The recipe."""
        return Recipe(dataset=self.dataset, **self.values)


@dataclass(frozen=True, kw_only=True)
class PackedPicture:
    """The picture, as `pack` makes it of arrays."""

    arrays: bytes


def pack(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays by name as bytes (NumPy's .npz)."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def unpack(content: bytes) -> dict[str, np.ndarray]:
    """What `pack` has packed (ValueError where it has not)."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)


KINDS = {
    kind.__name__: kind
    for kind in (
        Job,
        Stop,
        Stopped,
        Failed,
        Pulse,
        Room,
        DeviceId,
        Speed,
        Node,
        Machine,
        Preparing,
        GraphCheck,
        Losses,
        Epoch,
        Checkpoint,
        Result,
        PictureOrder,
        PackedPicture,
    )
}


class Output:
    """The pipe to the engine, on which no two values mix."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._sending = threading.Lock()

    def send(self, value: Any, job: int = 0) -> None:
        """Writes one value about a job; 0 is the worker itself."""
        with self._sending:
            send(self._stream, value, job)


def beat(output: Output) -> None:
    """Tells the engine again and again that this process is alive, also while PyTorch's own code is busy."""
    with contextlib.suppress(OSError):  # Nobody is there any more: `listen` ends the process.
        while True:
            output.send(Pulse())
            time.sleep(PULSE_SECONDS)


def send(stream: BinaryIO, value: Any, job: int = 0) -> None:
    """Writes one value about a job."""
    fields = asdict(value)
    blobs = {name: content for name, content in fields.items() if isinstance(content, bytes)}
    line = {"job": job, "kind": type(value).__name__, "blobs": {name: len(content) for name, content in blobs.items()}}
    plain = {name: content for name, content in fields.items() if name not in blobs}
    stream.write(json.dumps(line | {"fields": plain}).encode() + b"\n" + b"".join(blobs.values()))
    stream.flush()


def receive(stream: BinaryIO) -> tuple[int, Any] | None:
    """Reads the number of a job and a value; None when the other side is gone."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    message = json.loads(line)
    fields = message["fields"]
    if "losses" in fields:
        fields["losses"] = tuple(fields["losses"])
    for name, size in message["blobs"].items():
        fields[name] = stream.read(size)
        if len(fields[name]) < size:
            return None
    return message["job"], KINDS[message["kind"]](**fields)
