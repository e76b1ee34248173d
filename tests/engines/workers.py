"""What tests of workers do with real ones, and one that only says what its device is called."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tricks.engines.local import LocalEngine
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses, Measurement
from tricks.recipe.run import Run

LONG = {"epochs": 200, "batch_size": 50}

# Says what its device is called, and no more.
NAMING_WORKER = """
import sys
from tricks.engines.messages import DeviceId, Room, receive, send
from tricks.recipe.measurements import Machine
send(sys.stdout.buffer, Room(jobs=4))
send(sys.stdout.buffer, DeviceId(uuid="ITS-UUID"))
send(sys.stdout.buffer, Machine(device="cuda" if "ITS-UUID" else "cpu", name="a device", threads=2, torch="2"))
receive(sys.stdin.buffer)
"""


def list_work(engine: LocalEngine, run: Run, checkpoint: Checkpoint | None = None) -> list[Measurement]:
    """What the engine yields for a run on one thread, but for signs of life."""
    return [one for one in engine.train(run, checkpoint, threads=1) if not isinstance(one, Heartbeat)]


def begin(engine: LocalEngine, run: Run) -> Iterator[Measurement]:
    """A training that has shown its first losses."""
    measurements = engine.train(run, None, threads=1)
    while not isinstance(next(measurements), Losses):
        pass
    return measurements


def is_alive(process: int) -> bool:
    """Whether the process runs; one that has ended and waits to be noticed does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def use_worker(monkeypatch, folder: Path, program: str, device: str = "cuda") -> LocalEngine:
    """An engine whose workers are this program."""
    (folder / "worker.py").write_text(program)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {folder / "worker.py"} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    return LocalEngine(device, folder)
