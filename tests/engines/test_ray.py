"""Runs on a Ray cluster of three nodes, all on this machine: the same bits, and nothing lost, whatever dies."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.engines.clusters import (
    RECIPE,
    RUNS,
    add_node,
    find_busy,
    list_ray_workers,
    needs_ray,
    open_cluster,
    read_weights,
    train_undisturbed,
)
from tests.engines.workers import begin, list_work
from tests.fakes import MACHINE, wait_until
from tricks.engines.engine import HostUnfit, WorkerDied
from tricks.engines.ray import WAITING, RayEngine, tell_waiting
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses, Machine, Result
from tricks.recipe.run import Run
from tricks.scheduling.scheduler import Scheduler
from tricks.settings import ROOT
from tricks.store.store import Store

FEW = RUNS[:6]  # For what takes long: the sitting of tests/whole/ has more.
ENDLESS = Run(recipe=replace(RECIPE, epochs=200, batch_size=50), seed=0)


def test_what_a_run_waits_for_is_told():
    """A run that finds no free place says so after a second; one that is placed tells its own state."""
    beats = [Heartbeat()] * 6

    told = list(tell_waiting(iter([*beats, MACHINE, Heartbeat(), Losses(step=0, seconds=0.1, losses=(1.0,))])))

    assert ["", WAITING, WAITING] == [told[0].text, told[4].text, told[5].text]
    assert [MACHINE, Heartbeat()] == told[6:8]


@pytest.fixture(scope="module")
def cluster():
    """The cluster of this file, with three nodes before each test that needs them."""
    with open_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def engine(cluster, tmp_path_factory) -> Iterator[RayEngine]:
    """The engine of this file."""
    engine = RayEngine(cluster.address, "cpu", tmp_path_factory.mktemp("data"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def undisturbed() -> dict[Run, str]:
    """The weights with which the runs end on this machine, with one thread."""
    return train_undisturbed()


@pytest.fixture
def scheduler(tmp_path, engine) -> Iterator[Scheduler]:
    """A scheduler on the cluster, which leaves the engine open."""
    scheduler = Scheduler(Store(tmp_path), [engine])
    engine_stop, engine.stop = engine.stop, lambda: None
    yield scheduler
    scheduler.close()
    engine.stop = engine_stop


@needs_ray
@pytest.mark.slow
def test_runs_end_with_the_weights_of_local_ones(scheduler, engine, undisturbed):
    """Twelve runs on three nodes end with bitwise the weights that they have on this machine, three at a time."""
    most = 0
    for run in RUNS:
        scheduler.ask(run, "ann")
    while len(scheduler.store.finished()) < len(RUNS):
        most = max(most, len(scheduler.turns()))
        assert not scheduler.failures()
        time.sleep(0.05)

    assert undisturbed == read_weights(scheduler.store)
    assert 3 == most == engine.capacity.shares
    assert 3 == len([node for node in engine.nodes if node.machine])


@needs_ray
@pytest.mark.slow
def test_a_warm_cluster_answers_within_a_second(engine):
    """On warm nodes the first loss is there within a second of asking, and closing ends a run as quickly."""
    first, closed = [], []
    for seed in range(4):
        began = time.monotonic()
        measurements = begin(engine, replace(ENDLESS, seed=seed))
        first.append(time.monotonic() - began)
        began = time.monotonic()
        measurements.close()
        closed.append(time.monotonic() - began)
    print(f"first losses after {sorted(first)} s, ends after {sorted(closed)} s")

    assert sorted(first)[1] < 1
    assert max(closed) < 1


@needs_ray
@pytest.mark.slow
def test_a_stopped_run_gives_its_core_back(engine):
    """After a run is closed its task ends too: all nodes take the next runs."""
    begun = [begin(engine, replace(ENDLESS, seed=seed)) for seed in range(3)]
    for measurements in begun:
        measurements.close()

    wait_until(lambda: not any(node.running for node in engine.nodes), seconds=10)


@needs_ray
@pytest.mark.slow
def test_a_run_goes_on_from_its_checkpoint(engine, undisturbed):
    """A run that goes on from a checkpoint on some node ends with an undisturbed one's weights."""
    measured = list_work(engine, RUNS[0])
    checkpoint = [one for one in measured if isinstance(one, Checkpoint)][-1]
    resumed = list_work(engine, RUNS[0], checkpoint)

    assert [Machine, Losses] == [type(one) for one in resumed[:2]]
    assert {undisturbed[RUNS[0]]} == {measured[-1].weights_sha256, resumed[-1].weights_sha256}


@needs_ray
@pytest.mark.slow
def test_a_killed_worker_is_one_sentence(cluster, engine, toy_recipe):
    """A worker that is killed on its node is one sentence, and the cluster takes the next run."""
    measurements = begin(engine, ENDLESS)
    for child in list_ray_workers(find_busy(cluster)):
        child.kill()

    with pytest.raises(WorkerDied, match="^its worker process ended unexpectedly$"):
        list(measurements)
    assert isinstance(list_work(engine, Run(recipe=toy_recipe, seed=0))[-1], Result)


@needs_ray
@pytest.mark.slow
def test_a_node_that_dies_loses_nothing(cluster, engine, scheduler, undisturbed):
    """With a node killed in the middle and a new one added, all runs end with an undisturbed one's weights."""
    for run in FEW:
        scheduler.ask(run, "ann")
    wait_until(lambda: len(scheduler.store.finished()) >= 2, seconds=60)

    wait_until(lambda: find_busy(cluster), seconds=30)
    cluster.remove_node(find_busy(cluster), allow_graceful=False)
    wait_until(lambda: engine.capacity.shares == 2, seconds=60)
    add_node(cluster)
    wait_until(lambda: len(scheduler.store.finished()) == len(FEW), seconds=240)

    assert {run: undisturbed[run] for run in FEW} == read_weights(scheduler.store)
    assert not scheduler.failures()
    wait_until(lambda: engine.capacity.shares == 3, seconds=60)


@needs_ray
@pytest.mark.slow
def test_a_head_that_restarts_loses_nothing(tmp_path, monkeypatch, undisturbed):
    """While the head is gone runs wait and say why; with a new one they go on, and end with the same weights."""
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "5")
    with open_cluster() as cluster:
        address = cluster.address
        engine = RayEngine(address, "cpu", tmp_path)
        scheduler = Scheduler(Store(tmp_path / "cache"), [engine])
        for run in FEW:
            scheduler.ask(run, "ann")
        wait_until(lambda: len(scheduler.store.finished()) >= 2, seconds=120)
    wait_until(lambda: any("Ray cluster" in request.trouble for request in scheduler.queue()), seconds=120)
    waiting = len(scheduler.store.finished())
    with open_cluster(gcs_server_port=int(address.rpartition(":")[2])) as cluster:
        assert address == cluster.address
        wait_until(lambda: len(scheduler.store.finished()) == len(FEW), seconds=240)
        scheduler.close()

    assert {run: undisturbed[run] for run in FEW} == read_weights(scheduler.store)
    assert waiting < len(FEW)


@needs_ray
@pytest.mark.slow
def test_a_cluster_that_is_not_there(tmp_path, toy_recipe):
    """An address at which there is no cluster is one sentence, for each run that is asked for."""
    engine = RayEngine("127.0.0.1:9", "cpu", tmp_path)

    with pytest.raises(HostUnfit, match=r"^the Ray cluster at 127.0.0.1:9 cannot be used \([^\n]+\)$"):
        list_work(engine, Run(recipe=toy_recipe, seed=0))


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for a Ray of its own, whose sockets allow no long path."""
    folder = Path(tempfile.mkdtemp(prefix="ray"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@needs_ray
@pytest.mark.slow
def test_the_command_trains_on_ray(tmp_path, short_folder, undisturbed):
    """`python -m tricks train` starts a Ray of its own, trains there, and leaves no process behind."""
    sets = [f"--set={name}={value}" for name, value in RECIPE.values.items()]
    command = [sys.executable, "-m", "tricks", "train", "--dataset=toy", f"--cache={tmp_path}", "--seeds=2", *sets]
    environment = {**os.environ, "TRICKS_ENGINE": "ray", "TRICKS_DEVICE": "cpu", "RAY_TMPDIR": str(short_folder)}
    before = set(psutil.pids())

    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    weights = read_weights(Store(tmp_path))
    assert {run: undisturbed[run] for run in RUNS[:2]} == weights
    wait_until(lambda: not list_of_ray(set(psutil.pids()) - before, short_folder), seconds=20)


@needs_ray
@pytest.mark.slow
def test_a_killed_server_leaves_no_processes(tmp_path, short_folder):
    """When the process that uses a Ray of its own is killed, all of Ray's processes end by themselves."""
    code = f"""
import time
from pathlib import Path
from tricks.engines.ray import RayEngine
engine = RayEngine("", "cpu", Path({str(tmp_path)!r}))
engine.start()
print("ready", flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "RAY_TMPDIR": str(short_folder)}
    before = set(psutil.pids())
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert b"ready\n" == server.stdout.readline()
    begun = list_of_ray(set(psutil.pids()) - before, short_folder)

    server.send_signal(signal.SIGKILL)
    server.communicate()

    assert begun
    wait_until(lambda: not list_of_ray(set(psutil.pids()) - before, short_folder), seconds=30)


def list_of_ray(processes: set[int], folder: Path) -> list[str]:
    """The commands of those processes that belong to the Ray that lies in this folder, or to its driver."""
    found = []
    for number in processes:
        try:
            command = " ".join(psutil.Process(number).cmdline())
        except psutil.Error:
            continue
        if str(folder) in command or "tricks.engines.ray_driver" in command:
            found.append(command)
    return found
