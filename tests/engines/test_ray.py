"""Runs on a Ray cluster of three nodes, all on this machine: the same bits, and nothing lost, whatever dies."""

import time
from collections.abc import Iterator
from dataclasses import replace

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
)
from tests.engines.workers import begin, list_work
from tests.fakes import MACHINE, wait_until
from tricks.engines.engine import HostUnfit, WorkerDied
from tricks.engines.ray import WAITING, RayEngine, tell_waiting
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses, Machine, Result
from tricks.recipe.run import Run
from tricks.scheduling.scheduler import Scheduler
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
@pytest.mark.alone
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
