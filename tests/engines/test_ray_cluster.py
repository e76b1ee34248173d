"""What a cluster has room for, what is said of its faults, and how its nodes get their data."""

import threading
from pathlib import Path

import pytest

from tests.fakes import MACHINE
from tricks.engines.engine import Node
from tricks.settings import OFFICIAL_FILES

ray = pytest.importorskip("ray", reason='needs Ray: pip install "ray>=2.50"')

from tricks.engines import ray_cluster, ray_node  # noqa: E402
from tricks.engines.ray_cluster import Cluster, Demand, explain_error, plan_demand  # noqa: E402


def make_node(cores: int = 0, gpus: int = 0) -> Node:
    """A machine of a cluster."""
    return Node(name=f"{cores} {gpus}", cores=cores, gpus=gpus)


@pytest.mark.parametrize(
    ("device", "slots", "nodes", "room"),
    [
        ("auto", 0, [make_node(cores=4), make_node(cores=2)], 6),
        ("auto", 0, [make_node(cores=64, gpus=8), make_node(cores=2)], 8),
        ("cuda", 3, [make_node(cores=64, gpus=2)], 6),
        ("cpu", 0, [make_node(cores=64, gpus=2)], 64),
        ("cpu", 2, [make_node(cores=8), make_node(cores=4)], 6),
        ("cpu", 9, [make_node(cores=4)], 4),
    ],
)
def test_a_run_takes_a_gpu_or_a_core(device, slots, nodes, room):
    """A run takes a GPU where there is one, else a core; with slots, that many runs share a GPU or the least node."""
    demand = plan_demand(nodes, device, slots)

    assert room == sum(map(demand.count_room, nodes))
    assert 0 == demand.options["max_retries"]


@pytest.mark.parametrize(("device", "nodes"), [("cuda", [make_node(cores=4)]), ("auto", [make_node()]), ("auto", [])])
def test_a_cluster_that_has_nothing_yet(device, nodes):
    """While no node has what a run takes, nothing is planned."""
    assert plan_demand(nodes, device, 0) is None


def test_a_run_takes_no_more_cores_than_a_node_has():
    """A run that was begun with many threads still fits on the cluster, and keeps its threads."""
    cluster = Cluster("cpu", "", 0)
    cluster.demand, cluster.nodes = Demand(cores=1), {"a": make_node(cores=2), "b": make_node(cores=1)}

    assert [1, 2, 2] == [cluster.plan(threads).cores for threads in (1, 2, 16)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ray.exceptions.WorkerCrashedError(), "its worker process ended unexpectedly"),
        (ray.exceptions.OutOfMemoryError("pages\nof text"), "its node had not enough memory for it"),
        (ray.exceptions.NodeDiedError("pages\nof text"), "its node went away"),
        (ConnectionError("no head\nhere"), "no head"),
        (ValueError(), "ValueError"),
    ],
)
def test_faults_of_ray_are_one_line(error, words):
    """Whatever Ray says, visitors read one line."""
    assert words == explain_error(error)


def test_nodes_come_and_go(monkeypatch):
    """A node that comes or goes is told of once; what it trains is counted as long as it is there."""
    there = {"a": make_node(cores=2)}
    monkeypatch.setattr(ray_cluster, "list_nodes", lambda: dict(there))
    monkeypatch.setattr(ray_cluster, "LOOK_SECONDS", 0.0)
    cluster = Cluster("cpu", "", 0)
    monkeypatch.setattr(cluster, "_greet", lambda name: None)

    came = cluster.look()
    again, room = cluster.look(), cluster.room
    busy = cluster.count("a", 1)
    there.clear()
    gone = cluster.look()

    assert ([there_now.is_alive for there_now in came], again, room) == ([True], [], 2)
    assert (1, [False], 0) == (busy.running, [node.is_alive for node in gone], cluster.room)
    assert cluster.count("a", -1) is None


def test_a_gpu_that_comes_late_is_used(monkeypatch):
    """A cluster that began with processors trains on its first GPU as soon as that is there, and asks what it is."""
    there, greeted = {"a": make_node(cores=2)}, []
    monkeypatch.setattr(ray_cluster, "list_nodes", lambda: dict(there))
    monkeypatch.setattr(ray_cluster, "LOOK_SECONDS", 0.0)
    cluster = Cluster("auto", "", 0)
    monkeypatch.setattr(cluster, "_greet", lambda name: greeted.append((name, cluster.demand)))

    cluster.look()
    cluster.machine = MACHINE
    there["b"] = make_node(cores=8, gpus=2)
    cluster.look()
    forgotten, room = cluster.machine is None, cluster.room
    cluster.machine = MACHINE
    del there["b"]
    cluster.look()

    assert [("a", Demand(cores=1)), ("a", Demand(gpus=1)), ("b", Demand(gpus=1))] == greeted
    assert (True, 2) == (forgotten, room)
    assert (MACHINE, 0) == (cluster.machine, cluster.room)


def test_a_node_gets_the_data_once(tmp_path, monkeypatch):
    """Of several processes of a node one fetches CIFAR-10's files; a node that has the server's folder uses that."""
    fetched = []
    monkeypatch.setenv("TRICKS_DATA", str(tmp_path / "node"))
    monkeypatch.setattr(ray_node.ray, "get", lambda files: fetched.append(files) or {"data_batch_1": b"images"})
    folder = ray_node.find_folder(tmp_path / "server")

    processes = [threading.Thread(target=ray_node.bring, args=(folder, "reference")) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert ["reference"] == fetched
    assert tmp_path / "node" == folder
    assert [folder / OFFICIAL_FILES / "data_batch_1"] == list((folder / OFFICIAL_FILES).iterdir())
    assert folder == ray_node.find_folder(folder)
    assert Path.home() / ".cache" / "tricks" == forget_setting(monkeypatch)


def forget_setting(monkeypatch) -> Path:
    """Where a node without a setting keeps the data."""
    monkeypatch.delenv("TRICKS_DATA")
    return ray_node.find_folder(Path("nowhere"))
