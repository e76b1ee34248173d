"""The worker on a GPU that lacks something: graphs that cannot be captured, and memory for too few runs."""

import sys
from collections.abc import Iterator

import pytest
import torch

from tests.engines.workers import use_worker
from tricks.engines.engine import Crowded, HostUnfit
from tricks.engines.local import LocalEngine
from tricks.engines.messages import Failed
from tricks.engines.together import measure_together
from tricks.engines.worker import explain_no_start
from tricks.recipe.measurements import GraphCheck, Heartbeat, Result
from tricks.recipe.run import Run
from tricks.training.graph import CaptureFailed
from tricks.training.streams import Streams

# Says that it is a GPU's worker once it knows that no graph can be captured, or that the driver is missing.
REFUSING_WORKER = """
import sys
from tricks.engines.messages import Failed, Room, receive, send
from tricks.recipe.measurements import Machine
if "no graph could be captured: illegal" in sys.argv:
    send(sys.stdout.buffer, Room(jobs=4))
    send(sys.stdout.buffer, Machine(device="cuda", name="a GPU", threads=2, torch="2"))
    receive(sys.stdin.buffer)
else:
    send(sys.stdout.buffer, Failed(reason="no graph could be captured: illegal", cause="CAUSE"))
"""


@pytest.fixture
def open_engine(tmp_path, monkeypatch) -> Iterator:
    """Opens an engine on a GPU without content that has such a fault; on it two runs are trained at a time."""
    engines = []

    def open_engine(fault: str) -> LocalEngine:
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.engines.gpu_worker "$@"\n')
        python.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(python))
        monkeypatch.setenv("GPU_FAULT", fault)
        engines.append(LocalEngine("cuda", tmp_path, slots=2))
        return engines[-1]

    yield open_engine
    for engine in engines:
        engine.stop()


def list_words(training: Iterator) -> list:
    """What is left of a training, but for signs of life."""
    return [one for one in training if not isinstance(one, Heartbeat)]


@pytest.mark.slow
def test_a_gpu_that_captures_nothing_trains_with_plain_steps(open_engine, toy_recipe):
    """Where no graph can ever be captured, a fresh worker trains with plain steps from its start, and says why."""
    engine = open_engine("captures")

    engine.start()
    first = engine.process
    _, check, *_, result = list_words(engine.train(Run(recipe=toy_recipe, seed=0), None))

    reason = "no graph could be captured: CUDA error: operation not permitted when stream is capturing"
    assert GraphCheck(used=False, reason=reason) == check
    assert isinstance(result, Result)
    assert first == engine.process


@pytest.mark.slow
def test_a_run_that_lacks_memory_beside_another_may_be_trained_alone(open_engine, toy_recipe):
    """A run that finds no memory beside another is told so, not failed; the other goes on, and alone it is trained."""
    engine = open_engine("networks 1")
    runs = [Run(recipe=toy_recipe, seed=seed) for seed in range(2)]
    first = engine.train(runs[0], None)
    check = next(one for one in first if isinstance(one, GraphCheck))
    worker = engine.process

    with pytest.raises(Crowded, match="not enough memory for this recipe beside other runs") as crowded:
        list_words(engine.train(runs[1], None))
    others = list_words(first)
    alone = list_words(engine.train(runs[1], None))

    assert check.used, check.reason
    assert not crowded.value.alone
    assert [Result] * 2 == [type(others[-1]), type(alone[-1])]
    assert worker == engine.process


def test_a_worker_that_refuses_for_its_captures_is_followed_by_one_that_makes_none(tmp_path, monkeypatch):
    """The worker that comes after a refusal for captures is told to make none, and so are all later ones."""
    engine = use_worker(monkeypatch, tmp_path, REFUSING_WORKER.replace("CAUSE", "capture"))

    engine.start()
    first = engine.process
    engine.stop()
    engine.start()

    assert "cuda" == engine.machine.device
    assert first != engine.process
    engine.stop()


def test_a_worker_that_refuses_for_the_host_is_not_followed(tmp_path, monkeypatch):
    """Any other refusal is the host's, and runs wait."""
    engine = use_worker(monkeypatch, tmp_path, REFUSING_WORKER.replace("CAUSE", "host"))

    with pytest.raises(HostUnfit, match="illegal"):
        engine.start()


@pytest.mark.parametrize(("memory", "expected"), [(1, 1), (3, 2), (4, 4), (100, 8)])
def test_no_more_runs_at_a_time_than_there_is_memory_for(memory, expected):
    """Counting how many trainings pay ends where there is no memory for more, and leaves none of it taken."""
    now, alive = 0.0, 0

    def begin(seed: int) -> Iterator[int]:
        nonlocal now, alive
        if alive == memory:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        alive += 1
        try:
            while True:
                now += 0.01 / alive
                yield seed
        finally:
            alive -= 1

    assert expected == measure_together(begin, Streams(torch.device("cpu")), clock=lambda: now)
    assert 0 == alive


def test_another_error_ends_the_counting():
    """An error that is not a lack of memory is told."""

    def begin(seed: int) -> Iterator[int]:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")
        yield seed

    with pytest.raises(RuntimeError, match="illegal memory access"):
        measure_together(begin, Streams(torch.device("cpu")))


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has"),
            Failed(reason="the device has not enough memory left to begin", cause="host"),
        ),
        (
            RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later"),
            Failed(reason="unspecified launch failure", cause="host"),
        ),
        (
            ValueError("this machine has no GPU. Choose cpu"),
            Failed(reason="this machine has no GPU. Choose cpu", cause="host"),
        ),
        (CaptureFailed("no graph"), Failed(reason="no graph", cause="capture")),
    ],
)
def test_why_a_worker_cannot_begin_is_a_sentence(error, failed):
    """Of what CUDA says when a worker begins visitors read one line, without advice that is not for them."""
    assert failed == explain_no_start(error)
