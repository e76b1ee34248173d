"""Values on a pipe between the engine and its worker: one line of JSON each, followed by the raw bytes it announces."""

import json
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Checkpoint, Epoch, GraphCheck, Losses, Machine, Preparing, Result, Run


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the worker is asked to train; `threads` 0 is the machine's own number."""

    dataset: str
    values: dict[str, Any]
    seed: int
    threads: int
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
        return Checkpoint(epoch=self.epoch, step=self.step, seconds=self.seconds, state=self.state)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Ends the job in hand."""


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """The job in hand was ended by Stop."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The job cannot be done, for a reason that a visitor can understand."""

    reason: str


KINDS = {
    kind.__name__: kind
    for kind in (Job, Stop, Stopped, Failed, Machine, Preparing, GraphCheck, Losses, Epoch, Checkpoint, Result)
}


def send(stream: BinaryIO, value: Any) -> None:
    """Writes one value."""
    fields = asdict(value)
    blobs = {name: content for name, content in fields.items() if isinstance(content, bytes)}
    line = {"kind": type(value).__name__, "blobs": {name: len(content) for name, content in blobs.items()}}
    plain = {name: content for name, content in fields.items() if name not in blobs}
    stream.write(json.dumps(line | {"fields": plain}).encode() + b"\n" + b"".join(blobs.values()))
    stream.flush()


def receive(stream: BinaryIO) -> Any | None:
    """Reads one value; None when the other side is gone."""
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
    return KINDS[message["kind"]](**fields)
