"""What an engine does about a worker that is busy, hangs, or ends by a fault of one of its runs."""

import time

import pytest

from tests.engines.workers import begin, use_worker
from tricks.engines.engine import Capacity, EngineError, WorkerDied
from tricks.recipe.measurements import GraphCheck, Heartbeat, Result
from tricks.recipe.run import Run

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
