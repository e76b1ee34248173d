"""Several runs at a time: in a process each, or in turns in one; whatever happens to one, the others go on."""

import os
import platform
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from tests.engines.workers import LONG, begin, is_alive, list_work, use_worker
from tests.fakes import MACHINE
from tricks.engines.engine import Capacity, EngineError, WorkerDied
from tricks.engines.local import LocalEngine, measure_processor
from tricks.engines.together import measure_together
from tricks.recipe.measurements import Checkpoint, GraphCheck, Heartbeat, Losses, Measurement, Result
from tricks.recipe.run import Run
from tricks.training.streams import Streams

# Says that it is a GPU's worker; two jobs make it fail the first for a CUDA error, after which it ends.
BROKEN_WORKER = """
import os, sys
from tricks.engines.messages import Failed, Room, receive, send
from tricks.recipe.measurements import Machine
send(sys.stdout.buffer, Room(jobs=4))
send(sys.stdout.buffer, Machine(device="cuda", name="a GPU", threads=2, torch="2"))
first, _ = receive(sys.stdin.buffer)
receive(sys.stdin.buffer)
send(sys.stdout.buffer, Failed(reason="the training failed (CUDA error)", last=True), first)
os._exit(1)
"""

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


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[LocalEngine]:
    """An engine whose one worker does three jobs in turns, as on a GPU."""
    engine = LocalEngine("cpu", tmp_path_factory.mktemp("data"), jobs=3)
    yield engine
    engine.stop()


# Says that it is a GPU's worker; it can train, but not by graphs.
PLAIN_WORKER = """
import os, sys
from tests.fakes import fake_result
from tricks.engines.messages import Failed, Room, receive, send
from tricks.recipe.measurements import GraphCheck, Machine
send(sys.stdout.buffer, Room(jobs=4))
send(sys.stdout.buffer, Machine(device="cuda", name="a GPU", threads=2, torch="2"))
number, job = receive(sys.stdin.buffer)
if not job.plainly:
    send(sys.stdout.buffer, Failed(reason="no graph could be captured: illegal", last=True, cause="capture"), number)
    os._exit(1)
send(sys.stdout.buffer, GraphCheck(used=False, reason=job.plainly), number)
send(sys.stdout.buffer, fake_result(), number)
receive(sys.stdin.buffer)
"""


# Says that it is a GPU's worker; the first Stop finds it busy with something else for so many seconds.
BUSY_WORKER = """
import sys, time
from tests.fakes import fake_result
from tricks.engines.messages import Job, Pulse, Room, Stopped, receive, send
from tricks.recipe.measurements import Losses, Machine
send(sys.stdout.buffer, Room(jobs=4))
send(sys.stdout.buffer, Machine(device="cuda", name="a GPU", threads=2, torch="2"))
jobs = []
while received := receive(sys.stdin.buffer):
    number, order = received
    if isinstance(order, Job):
        jobs.append(number)
        send(sys.stdout.buffer, Losses(step=0, seconds=1.0, losses=(1.0,)), number)
    else:
        for _ in range(SECONDS * 10):
            send(sys.stdout.buffer, Pulse())
            time.sleep(0.1)
        for step in range(1, 50):
            send(sys.stdout.buffer, Losses(step=step, seconds=1.0, losses=(1.0,)), number)
        send(sys.stdout.buffer, Stopped(), number)
        send(sys.stdout.buffer, fake_result(), jobs[-1])
"""


def take_turns(trainings: list[Iterator[Measurement]]) -> list[list[Measurement]]:
    """What each of the trainings yields when all go on together."""
    measured = [[] for _ in trainings]
    left = dict(enumerate(trainings))
    while left:
        for number, training in list(left.items()):
            if (measurement := next(training, None)) is None:
                del left[number]
            else:
                measured[number].append(measurement)
    return measured


def test_runs_in_turns_keep_their_bits(shared, toy_recipe):
    """Three runs that one worker trains in turns end with the weights of runs one after the other, dropout included."""
    recipe = replace(toy_recipe, epochs=3, dense_dropout=0.2, flip=True)
    runs = [Run(recipe=recipe, seed=seed) for seed in range(3)]

    expected = [list_work(shared, run)[-1].weights_sha256 for run in runs]
    together = take_turns([shared.train(run, None, threads=1) for run in runs])

    assert expected == [measured[-1].weights_sha256 for measured in together]
    assert 1 == len(shared.processes)
    assert Capacity(shares=3) == shared.capacity


def test_stopping_one_of_several(shared, toy_recipe):
    """Ending one of the runs that a worker trains leaves it the others."""
    ended, kept = (begin(shared, Run(recipe=replace(toy_recipe, **LONG), seed=seed)) for seed in range(2))
    worker = shared.process

    ended.close()

    assert next(one for one in kept if isinstance(one, Losses)).step > 0
    kept.close()
    assert worker == shared.process


def test_a_stop_finds_the_worker_busy(tmp_path, monkeypatch, toy_recipe):
    """Who ends a run while its worker is busy with others is let go at once, and the others go on to their ends."""
    engine = use_worker(monkeypatch, tmp_path, BUSY_WORKER.replace("SECONDS", "2"))
    ended, kept = (begin(engine, Run(recipe=toy_recipe, seed=seed)) for seed in range(2))
    worker, began = engine.process, time.monotonic()

    ended.close()
    waited = time.monotonic() - began
    *_, result = kept

    assert waited < 0.5
    assert isinstance(result, Result)
    assert worker == engine.process
    engine.stop()


def test_a_worker_that_hangs_is_replaced_after_a_stop(tmp_path, monkeypatch, toy_recipe):
    """A worker that never ends a run as it was told is ended in the end, and its other run is not charged for that."""
    monkeypatch.setattr("tricks.engines.process.DEAD_SECONDS", 1.0)
    engine = use_worker(monkeypatch, tmp_path, BUSY_WORKER.replace("SECONDS", "60"))
    ended, kept = (begin(engine, Run(recipe=toy_recipe, seed=seed)) for seed in range(2))

    ended.close()
    with pytest.raises(WorkerDied, match="did not end another run within 1 seconds") as death:
        list(kept)

    assert not death.value.alone
    assert () == engine.processes
    engine.stop()


@pytest.mark.slow
def test_a_killed_worker_of_several_runs(shared, toy_recipe):
    """All runs of a killed worker learn of it, none as its cause, and each goes on from its checkpoint to its end."""
    runs = [Run(recipe=replace(toy_recipe, epochs=4, batch_size=20), seed=seed) for seed in range(3)]
    expected = [list_work(shared, run)[-1].weights_sha256 for run in runs]
    trainings = [shared.train(run, None, threads=1) for run in runs]
    checkpoints: list[Checkpoint | None] = [None] * 3
    while not all(checkpoints):
        for number, training in enumerate(trainings):
            if checkpoints[number] is None and isinstance(measurement := next(training), Checkpoint):
                checkpoints[number] = measurement

    os.kill(shared.process, signal.SIGSTOP)  # So that none is finished before it dies.
    os.kill(shared.process, signal.SIGKILL)
    blamed = []
    for training in trainings:
        with pytest.raises(WorkerDied, match="ended unexpectedly") as death:
            list(training)
        blamed.append(death.value.alone)
    resumed = [list_work(shared, run, point)[-1] for run, point in zip(runs, checkpoints, strict=True)]

    assert [False] * 3 == blamed
    assert expected == [result.weights_sha256 for result in resumed]


@pytest.mark.slow
def test_on_the_processor_each_run_has_a_process(tmp_path, toy_recipe):
    """Two runs at a time are trained by two processes, which are kept for the next; the header has their threads."""
    engine = LocalEngine("cpu", tmp_path)
    runs = [Run(recipe=toy_recipe, seed=seed) for seed in range(2)]

    first = take_turns([engine.train(run, None, threads=1) for run in runs])
    workers = engine.processes
    second = take_turns([engine.train(run, None, threads=1) for run in runs])
    kept = engine.processes
    engine.stop()

    assert [Result] * 4 == [type(measured[-1]) for measured in first + second]
    assert {1} == {one.threads for measured in first for one in measured if isinstance(one, type(MACHINE))}
    assert (2, workers) == (len(workers), kept)
    assert not any(map(is_alive, workers))


def test_a_cuda_error_is_nobody_elses_fault(tmp_path, monkeypatch, toy_recipe):
    """After a CUDA error that run has failed, the worker's other run is not charged, and the next has a new worker."""
    engine = use_worker(monkeypatch, tmp_path, BROKEN_WORKER)
    trainings = [engine.train(Run(recipe=toy_recipe, seed=seed), None) for seed in range(2)]
    machines = [next(one for one in training if not isinstance(one, Heartbeat)) for training in trainings]
    first = engine.process
    assert ["cuda"] * 2 == [machine.device for machine in machines]

    assert Heartbeat() == next(trainings[0])
    with pytest.raises(WorkerDied) as death:
        list(trainings[1])
    with pytest.raises(EngineError, match="CUDA error") as failure:
        list(trainings[0])
    engine.start()

    assert not death.value.alone
    assert not isinstance(failure.value, WorkerDied)
    assert (Capacity(shares=4), True) == (engine.capacity, engine.process != first)
    engine.stop()


def test_a_failed_capture_costs_a_worker_but_not_the_run(tmp_path, monkeypatch, toy_recipe):
    """Where no graph can be captured, the run is trained with plain steps by a fresh worker, and its file says why."""
    engine = use_worker(monkeypatch, tmp_path, PLAIN_WORKER)
    training = engine.train(Run(recipe=toy_recipe, seed=0), None)
    machine = next(one for one in training if not isinstance(one, Heartbeat))
    first = engine.process

    check, result = (one for one in training if not isinstance(one, Heartbeat))
    last = engine.process
    engine.stop()

    assert "cuda" == machine.device
    assert GraphCheck(used=False, reason="no graph could be captured: illegal") == check
    assert isinstance(result, Result)
    assert first != last


@pytest.mark.parametrize(("most", "expected"), [(1, 1), (2, 2), (4, 4), (100, 8)])
def test_as_many_as_pay(most, expected):
    """Trainings are added while a device that has room for `most` at its full speed is a tenth faster with them."""
    now, together = 0.0, 1

    def begin_one(seed: int) -> Iterator[int]:
        nonlocal together
        together = seed + 1  # The last seed of a try is one less than its number of trainings.
        return work(seed)

    def work(seed: int) -> Iterator[int]:
        nonlocal now
        while True:
            now += 0.01 / min(together, most)
            yield seed

    assert expected == measure_together(begin_one, Streams(torch.device("cpu")), clock=lambda: now)


@pytest.mark.parametrize(
    ("slots", "cores", "gigabytes", "capacity"),
    [
        (0, 16, 64, Capacity(shares=16, alone=16, beside=1)),
        (0, 16, 4.5, Capacity(shares=4, alone=16, beside=1)),
        (0, 1, 0.5, Capacity(shares=1, alone=1, beside=1)),
        (3, 16, 64, Capacity(shares=15, alone=5, beside=5)),
        (4, 2, 64, Capacity(shares=4, alone=1, beside=1)),
    ],
)
def test_the_processor_is_shared(monkeypatch, slots, cores, gigabytes, capacity):
    """By itself the processor takes as many runs as it has cores and memory for; slots are equal parts of it."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
    monkeypatch.setattr("tricks.engines.local.count_usable_bytes", lambda: int(gigabytes * 1e9))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    assert capacity == measure_processor(slots)


def pretend_memory(monkeypatch, free: float, held: float) -> None:
    """So many gigabytes are free, and each process holds so many, beside what it shares with the others."""
    memory = SimpleNamespace(rss=int((held + 0.25) * 1e9), shared=int(0.25e9))
    monkeypatch.setattr("tricks.engines.local.count_usable_bytes", lambda: int(free * 1e9))
    monkeypatch.setattr(psutil, "Process", lambda process: SimpleNamespace(memory_info=lambda: memory))


@pytest.mark.parametrize(("cores", "gigabytes", "runs"), [(4, 4.1, 4), (8, 9.5, 8), (16, 16.1, 16), (16, 4.5, 4)])
@pytest.mark.parametrize("held", [0.1, 0.9])
def test_workers_have_the_room_that_they_hold(monkeypatch, cores, gigabytes, runs, held):
    """However many workers have begun, and whether they have their data yet, as many runs fit as without them."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    measured = set()
    for begun in range(runs + 1):
        pretend_memory(monkeypatch, gigabytes - begun * held, held)
        measured.add(measure_processor(0, range(begun)).shares)

    assert {runs} == measured


def test_a_worker_that_holds_much_has_its_own_room(monkeypatch):
    """What a worker with a large network holds beyond its part is no room for others, and one that is gone has none."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    pretend_memory(monkeypatch, free=1.5, held=5.0)

    assert 2 == measure_processor(0, [1]).shares
    monkeypatch.setattr(psutil, "Process", gone)
    assert 1 == measure_processor(0, [1]).shares


def gone(process: int):
    """What a process says that has ended."""
    raise psutil.NoSuchProcess(process)


def test_an_engine_counts_its_own_workers(monkeypatch, tmp_path):
    """A worker that is ready takes nothing from the runs that the engine has room for."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    engine = use_worker(monkeypatch, tmp_path, NAMING_WORKER.replace("ITS-UUID", "").replace("jobs=4", "jobs=1"), "cpu")
    pretend_memory(monkeypatch, free=2.2, held=0.9)

    engine.start()

    assert 3 == engine.capacity.shares
    engine.stop()


def test_a_place_is_the_devices_number():
    """The log names a device by its number."""
    assert ["0", "0", "3"] == [LocalEngine(device, Path()).place for device in ("auto", "cuda", "cuda:3")]


def name_device(monkeypatch, folder: Path, machine: str, device: str, uuid: str) -> str:
    """What a server on this machine calls its device, of which a worker says this UUID."""
    with monkeypatch.context() as patch:
        patch.setattr(platform, "node", lambda: machine)
        engine = use_worker(patch, folder, NAMING_WORKER.replace("ITS-UUID", uuid), device)
        engine.start()
    engine.stop()
    return engine.device_id


@pytest.mark.parametrize(("other", "is_same"), [("one", True), ("two", False)])
def test_a_processor_is_its_machines(monkeypatch, tmp_path, other, is_same):
    """Two servers of one machine have one processor, those of two machines that share a folder have two."""
    names = [name_device(monkeypatch, tmp_path, machine, "cpu", "") for machine in ("one", other)]

    assert is_same == (names[0] == names[1])


@pytest.mark.parametrize(("other", "is_same"), [("80a1", True), ("80a2", False)])
def test_a_gpu_is_known_by_its_uuid(monkeypatch, tmp_path, other, is_same):
    """However two servers number it, and whatever they call their machine, a GPU is one device, and another is not."""
    names = [
        name_device(monkeypatch, tmp_path, "a container", "cuda:0", "80a1"),
        name_device(monkeypatch, tmp_path, "another one", "cuda:1", other),
    ]

    assert is_same == (names[0] == names[1])
