"""What runs on a node of the Ray cluster: a task trains one run as that machine would train it by itself."""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import ray

from tricks.engines.engine import EngineError, HostUnfit, WorkerDied
from tricks.engines.local import LocalEngine
from tricks.engines.messages import PULSE_SECONDS, Failed, Job
from tricks.engines.process import PATIENCE_SECONDS
from tricks.recipe.measurements import Heartbeat, Machine
from tricks.settings import OFFICIAL_FILES
from tricks.system.files import make_lock, replace_file

BEATS = round(PULSE_SECONDS / PATIENCE_SECONDS)
LOCK = "cifar-10.lock"  # The same as whoever downloads it.
_engines: dict[tuple[str, ...], LocalEngine] = {}  # At most one, kept warm between the tasks of this process.


def greet(device: str, data: str) -> Machine:
    """Makes this process of the node warm, and says what the machine is (ValueError, one sentence)."""
    engine = open_engine(device, find_folder(Path(data)))
    try:
        engine.start()
    except EngineError as error:
        raise ValueError(str(error)) from None
    return engine.machine


def train_on_node(job: Job, device: str, data: str, files: list) -> Iterator[Any]:
    """Yields the node's id, then what this machine's worker says of the job, in the end a Result or Failed.

    `files` is a reference to the official files of CIFAR-10, for a node that has none.
    """
    yield ray.get_runtime_context().get_node_id()
    folder = find_folder(Path(data))
    try:
        if files and job.dataset == "cifar10":
            bring(folder, files[0])
        engine = open_engine(device, folder)
        with closing(engine.train(job.run, job.checkpoint, job.threads)) as measurements:
            silent = 0
            for measurement in measurements:
                silent = silent + 1 if isinstance(measurement, Heartbeat) else 0
                if silent % BEATS == 0:
                    yield measurement
    except OSError as error:
        yield Failed(reason=f"CIFAR-10 cannot be kept on the node in {folder} ({error.strerror})", cause="host")
    except WorkerDied as error:
        yield Failed(reason=str(error), cause="worker")
    except HostUnfit as error:
        yield Failed(reason=str(error), cause="host")
    except EngineError as error:
        yield Failed(reason=str(error))


def open_engine(device: str, folder: Path) -> LocalEngine:
    """The engine of this process: another one when the task has other GPUs than the last one had."""
    place = (device, str(folder), os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    if place not in _engines:
        for engine in _engines.values():
            engine.stop()
        _engines.clear()
        _engines[place] = LocalEngine(device, folder, jobs=1)
    return _engines[place]


def find_folder(data: Path) -> Path:
    """The server's folder of data where the node has it too, else the node's own."""
    with suppress(OSError):
        if (data / OFFICIAL_FILES).is_dir():
            return data
    return Path(os.environ.get("TRICKS_DATA") or Path.home() / ".cache" / "tricks").absolute()


def bring(folder: Path, files: ray.ObjectRef) -> None:
    """Writes the official files into the node's folder, once for all its processes (OSError)."""
    there = folder / OFFICIAL_FILES
    if there.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with make_lock(folder / LOCK):
        if there.is_dir():
            return
        partial = folder / f"{OFFICIAL_FILES}.partial"
        partial.mkdir(exist_ok=True)
        for name, content in ray.get(files).items():
            replace_file(partial / name, memoryview(content))
        partial.rename(there)
