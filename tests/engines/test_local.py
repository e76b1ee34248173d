"""The local engine trains runs in a worker that outlives them, is replaced when it dies, and says what is wrong."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
import torch

from tests.engines.workers import LONG, begin, is_alive, list_work
from tricks.engines.engine import EngineError, HostUnfit, WorkerDied
from tricks.engines.local import LocalEngine
from tricks.engines.process import SILENT_SECONDS
from tricks.recipe.measurements import Checkpoint, Epoch, Heartbeat, Losses, Machine, Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.device import use_threads
from tricks.training.loop import train


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[LocalEngine]:
    """An engine on the processor, whose data folder cannot be made."""
    blocked = tmp_path_factory.mktemp("data") / "blocked"
    blocked.write_text("a file")
    engine = LocalEngine("cpu", blocked)
    yield engine
    engine.stop()


def test_engine_trains(engine, toy_recipe, toy_set):
    """The machine comes first, then what `train` yields, the result last, with bitwise the same weights."""
    run = Run(recipe=replace(toy_recipe, epochs=2), seed=0)
    threads = torch.get_num_threads()
    use_threads(1)
    expected = list(train(run, toy_set))
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)

    machine, *measurements = list_work(engine, run)
    [checkpoint] = [one for one in measurements if isinstance(one, Checkpoint)]
    resumed = list_work(engine, run, checkpoint)

    assert ("cpu", torch.__version__) == (machine.device, machine.torch)
    assert replace(engine.machine, threads=1) == machine == resumed[0]
    assert [Epoch, Checkpoint, Epoch, Result] == [type(one) for one in measurements if not isinstance(one, Losses)]
    assert 2 == resumed[-2].epoch
    assert {expected[-1].weights_sha256} == {measurements[-1].weights_sha256, resumed[-1].weights_sha256}


def test_closing_ends_the_run(engine, toy_recipe, monkeypatch):
    """Closing the iterator ends the run without a kill, and the same worker takes the next run."""
    monkeypatch.setattr("tricks.engines.process.STOP_SECONDS", 30.0)  # On a busy machine.
    measurements = begin(engine, Run(recipe=replace(toy_recipe, **LONG), seed=0))
    worker = engine.process

    measurements.close()
    result = list_work(engine, Run(recipe=toy_recipe, seed=0))[-1]

    assert isinstance(result, Result)
    assert worker == engine.process


def test_closing_early(engine, toy_recipe):
    """A run that is closed after none, one or two words leaves nothing behind for the next one."""
    for seed in range(3):
        measurements = engine.train(Run(recipe=replace(toy_recipe, **LONG), seed=seed), None, threads=1)
        for _ in range(seed):
            next(measurements)
        measurements.close()

    work = list_work(engine, Run(recipe=toy_recipe, seed=0))

    assert [Machine, Losses, Result] == [type(one) for one in (work[0], work[1], work[-1])]
    assert 8 == sum(len(one.losses) for one in work if isinstance(one, Losses))


def test_missing_data(engine, toy_recipe):
    """Data that cannot be had is one sentence, and the worker lives on."""
    engine.start()
    worker = engine.process

    with pytest.raises(EngineError, match="CIFAR-10 cannot be kept in .*blocked.*TRICKS_DATA"):
        list_work(engine, Run(recipe=Recipe(), seed=0))
    result = list_work(engine, Run(recipe=toy_recipe, seed=0))[-1]

    assert isinstance(result, Result)
    assert worker == engine.process


def test_wrong_checkpoint(engine, toy_recipe):
    """A checkpoint that is not the run's is an error that a visitor can read, and the worker lives on."""
    run = Run(recipe=replace(toy_recipe, epochs=2), seed=0)
    checkpoint = next(one for one in list_work(engine, run) if isinstance(one, Checkpoint))
    worker = engine.process

    with pytest.raises(EngineError, match="does not fit the network"):
        list_work(engine, Run(recipe=replace(toy_recipe, epochs=2, conv_width=0.25), seed=0), checkpoint)
    result = list_work(engine, run)[-1]

    assert isinstance(result, Result)
    assert worker == engine.process


def test_killed_worker(engine, toy_recipe):
    """A worker that is killed in the middle is one sentence, and the next run gets a new worker."""
    measurements = begin(engine, Run(recipe=replace(toy_recipe, **LONG), seed=0))
    worker = engine.process

    os.kill(worker, signal.SIGKILL)
    with pytest.raises(EngineError, match="the worker process ended unexpectedly"):
        list(measurements)
    result = list_work(engine, Run(recipe=toy_recipe, seed=0))[-1]

    assert isinstance(result, Result)
    assert worker != engine.process


def test_silent_worker(engine, toy_recipe):
    """A worker that does not answer shows as signs of life, and is killed by closing, before its silence is told of."""
    measurements = begin(engine, Run(recipe=replace(toy_recipe, **LONG), seed=0))
    worker = engine.process
    os.kill(worker, signal.SIGSTOP)
    while not isinstance(next(measurements), Heartbeat):
        pass
    began = time.monotonic()

    measurements.close()

    assert time.monotonic() - began < SILENT_SECONDS
    assert not is_alive(worker)


@pytest.mark.slow
def test_a_hung_worker_is_told_of_and_replaced(engine, toy_recipe, monkeypatch):
    """A worker that gives no sign of life is told of, then ended, and the next run has a new one."""
    monkeypatch.setattr("tricks.engines.process.SILENT_SECONDS", 3.0)
    monkeypatch.setattr("tricks.engines.process.DEAD_SECONDS", 6.0)
    measurements = begin(engine, Run(recipe=replace(toy_recipe, **LONG), seed=0))
    worker, told = engine.process, set()

    os.kill(worker, signal.SIGSTOP)
    with pytest.raises(WorkerDied, match="no sign of life for 6 seconds"):
        for measurement in measurements:
            told.add(measurement.text if isinstance(measurement, Heartbeat) else "")

    assert {"", "Its worker has given no sign of life for 3 seconds"} == told
    assert not is_alive(worker)
    assert isinstance(list_work(engine, Run(recipe=toy_recipe, seed=0))[-1], Result)


def test_a_machine_without_a_temporary_folder(tmp_path, monkeypatch):
    """Where a worker's words cannot be kept, runs wait, with one sentence that says what to set."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))

    with pytest.raises(HostUnfit, match="no worker can be started .*TMPDIR"):
        LocalEngine("cpu", tmp_path).start()


def test_wrong_device(tmp_path, toy_recipe):
    """A wrong device is the same sentence each time that a run is asked for."""
    engine = LocalEngine("tpu", tmp_path)
    reasons = []

    for seed in range(2):
        with pytest.raises(EngineError) as caught:
            list_work(engine, Run(recipe=toy_recipe, seed=seed))
        reasons.append(str(caught.value))
    engine.stop()

    assert ["device must be auto, cpu, cuda or cuda:NUMBER, not 'tpu'"] * 2 == reasons


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux to limit another process's memory")
def test_a_run_that_needs_too_much_memory(tmp_path, toy_recipe, engine):
    """A recipe that does not fit is a sentence for the visitor, and the same worker trains the next run."""
    list_work(engine, Run(recipe=toy_recipe, seed=0))
    worker = engine.process
    used = psutil.Process(worker).memory_info().vms
    huge = Recipe(dataset="toy", epochs=1, conv_width=8, block="residual", batch_size=2000)

    psutil.Process(worker).rlimit(psutil.RLIMIT_AS, (used + 2**29, psutil.RLIM_INFINITY))
    with pytest.raises(EngineError, match="not enough memory for this recipe: choose a smaller network or batch"):
        list_work(engine, Run(recipe=huge, seed=0))
    measured = list_work(engine, Run(recipe=toy_recipe, seed=1))

    assert isinstance(measured[-1], Result)
    assert worker == engine.process
