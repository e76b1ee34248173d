"""The engine: what goes through its pipe, and a worker process that outlives runs but not its parent."""

import io
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from tests.engines.workers import LONG, begin, is_alive, list_work
from tests.fakes import MACHINE, fake_epoch, fake_result, wait_until
from tricks.engines.engine import EngineError, HostUnfit, Node, WorkerDied
from tricks.engines.local import LocalEngine
from tricks.engines.messages import (
    KINDS,
    DeviceId,
    Failed,
    Job,
    PackedPicture,
    PictureOrder,
    Pulse,
    Room,
    Stop,
    Stopped,
    receive,
    send,
)
from tricks.engines.process import SILENT_SECONDS
from tricks.recipe.measurements import (
    Checkpoint,
    Epoch,
    GraphCheck,
    Heartbeat,
    Losses,
    Machine,
    Preparing,
    Result,
)
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.recipe.work import Speed
from tricks.settings import ROOT
from tricks.training.device import use_threads
from tricks.training.loop import train

BYTES = bytes(range(256)) + b'\n{"kind": "Stop"}\n'
VALUES = [
    Job(dataset="toy", values={"flip": True, "grad_clip": 0.1, "block": "double"}, seed=7, threads=2, state=BYTES),
    Stop(),
    Stopped(),
    Failed(reason='no "GPU"\nhere: ü'),
    Pulse(),
    Room(jobs=4),
    DeviceId(uuid="1f6c"),
    Speed(product_seconds=1e-11, operation_seconds=1e-4, slower={"float16": 2.0}),
    Node(name="node 1", cores=4, gpus=0, running=2, note="ü"),
    PictureOrder(trick="flip", dataset="toy", values={"flip": True}, draw=3),
    PackedPicture(arrays=BYTES),
    MACHINE,
    Preparing(text="Downloading", fraction=0.25),
    GraphCheck(used=False, reason="it is not faster"),
    Losses(step=3, seconds=0.1, losses=(2.302585092994046, 1e-9, float("inf"))),
    fake_epoch(test_loss=float("inf")),
    Checkpoint(epoch=1, step=8, seconds=0.5, state=BYTES),
    fake_result(predictions=BYTES, weights=b""),
]

# Starts an engine, prints its worker's id in the middle of a run, and goes on until it is killed.
PARENT = """
import sys
from pathlib import Path
from tricks.engines.local import LocalEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.measurements import Losses
from tricks.recipe.run import Run
engine = LocalEngine("cpu", Path(sys.argv[1]))
recipe = Recipe(dataset="toy", epochs=200, conv_width=0.125)
for measurement in engine.train(Run(recipe=recipe, seed=0), None, threads=1):
    if isinstance(measurement, Losses) and measurement.step == 0:
        print(engine.process, flush=True)
"""


def pass_through_pipe(*values) -> list:
    """What the other side receives, up to the end."""
    stream = io.BytesIO()
    for job, value in enumerate(values):
        send(stream, value, job)
    stream.seek(0)
    return [receive(stream) for _ in range(len(values) + 1)]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_pipe_keeps_values(value):
    """Every kind of value comes out of the pipe as it went in, bytes and infinite numbers included."""
    received = pass_through_pipe(value, value, Stop())

    assert [(0, value), (1, value), (2, Stop()), None] == received


def test_pipe_keeps_not_a_number():
    """A loss that is not a number comes out of the pipe as one."""
    (_, received), _ = pass_through_pipe(Losses(step=0, seconds=0.0, losses=(float("nan"),)))

    assert "nan" == str(received.losses[0])


def test_pipe_knows_all_kinds():
    """The walk over the pipe's kinds leaves none out, and all that a training yields is among them."""
    kinds = {type(value) for value in VALUES}

    assert set(KINDS.values()) == kinds
    assert {Losses, Epoch, Checkpoint, Result} <= kinds


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_cut_pipe(value):
    """A pipe that is cut anywhere in a value gives None, never half a value."""
    stream = io.BytesIO()
    send(stream, value)
    whole = stream.getvalue()

    received = [receive(io.BytesIO(whole[:length])) for length in range(len(whole))]

    assert [None] * len(whole) == received


def test_job_carries_the_run():
    """A job is the run to train and the checkpoint to go on from, if there is one."""
    recipe = Recipe(dataset="toy", flip=True, epochs=3)
    job = Job(dataset="toy", values=recipe.values, seed=7, threads=0)
    resumed = replace(job, epoch=1, step=8, seconds=0.5, state=BYTES)

    assert Run(recipe=recipe, seed=7) == job.run == resumed.run
    assert job.checkpoint is None
    assert Checkpoint(epoch=1, step=8, seconds=0.5, state=BYTES) == resumed.checkpoint


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


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
def test_orphaned_worker(tmp_path):
    """A worker whose parent is killed in the middle of a run ends itself within three seconds."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, cwd=ROOT)
    worker = int(parent.stdout.readline())
    was_alive = is_alive(worker)

    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 3
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert was_alive
    assert not is_alive(worker)


def test_the_worker_keeps_to_the_threads_it_is_given(tmp_path, monkeypatch):
    """OMP_NUM_THREADS=1 is kept by the engine and by the worker that it starts."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    engine = LocalEngine("cpu", tmp_path)

    engine.start()

    assert (1, 1) == (engine.machine.threads, engine.capacity.alone)
    engine.stop()


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


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc, which can give freed memory back")
def test_memory_is_back_after_each_run(tmp_path, toy_recipe):
    """However much a run took, once it has ended the worker holds what it held before."""
    engine = LocalEngine("cpu", tmp_path)
    list_work(engine, Run(recipe=toy_recipe, seed=0))
    worker, megabyte = psutil.Process(engine.process), 2**20
    before, most = worker.memory_info().rss, 0

    for _ in engine.train(Run(recipe=Recipe(dataset="toy", epochs=1, batch_size=1000), seed=0), None, threads=1):
        most = max(most, worker.memory_info().rss)

    assert most > before + 300 * megabyte
    wait_until(lambda: worker.memory_info().rss < before + 50 * megabyte, seconds=20)
    engine.stop()
