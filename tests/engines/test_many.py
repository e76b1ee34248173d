"""Several runs at a time, in turns in one worker or in a process each: whatever happens to one, the others go on."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.engines.workers import LONG, begin, is_alive, list_work
from tests.fakes import MACHINE
from tricks.engines.engine import Capacity, WorkerDied
from tricks.engines.local import LocalEngine
from tricks.recipe.measurements import Checkpoint, Losses, Measurement, Result
from tricks.recipe.run import Run


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[LocalEngine]:
    """An engine whose one worker does three jobs in turns, as on a GPU."""
    engine = LocalEngine("cpu", tmp_path_factory.mktemp("data"), jobs=3)
    yield engine
    engine.stop()


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
