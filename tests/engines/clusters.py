"""A Ray cluster of three nodes, all on this machine, the runs for it, and what can be killed of it."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from tricks.engines.local import LocalEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason='needs Ray: pip install "ray>=2.50"')
RECIPE = Recipe(dataset="toy", epochs=6, conv_width=0.25, batch_size=100, flip=True, dense_dropout=0.2)
RUNS = [Run(recipe=RECIPE, seed=seed) for seed in range(12)]
STORE_BYTES = 80_000_000
WORKERS = re.compile("ray::train_on_node|ray::greet|ray::IDLE")


@contextmanager
def open_cluster(**head) -> Iterator:
    """A cluster of three machines with a core each, beside a head that has none."""
    from ray.cluster_utils import Cluster

    own = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={**own, **head})
    try:
        for _ in range(3):
            add_node(cluster)
        yield cluster
    finally:
        cluster.shutdown()


def add_node(cluster) -> None:
    """One more machine with a core."""
    cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)


@cache
def train_undisturbed() -> dict[Run, str]:
    """The weights with which the runs end on this machine, with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        engine, store = LocalEngine("cpu", Path(folder)), Store(Path(folder))
        for run in RUNS:
            list(execute(store, engine, run, threads=1))
        engine.stop()
        return read_weights(store)


def read_weights(store: Store) -> dict[Run, str]:
    """The finished runs with their weights."""
    return {one.run: one.outcome.weights_sha256 for one in store.finished()}


def list_ray_workers(node) -> list[psutil.Process]:
    """The processes of a node that run tasks, or could."""
    [raylet] = node.all_processes["raylet"]
    return [child for child in list_children(raylet.process.pid) if WORKERS.match(read_command(child))]


def find_busy(cluster):
    """A node that trains a run."""
    for node in cluster.worker_nodes:
        if any("ray::train_on_node" in read_command(child) for child in list_ray_workers(node)):
            return node
    return None


def list_children(process: int) -> list[psutil.Process]:
    """All processes below this one; none where it is gone."""
    try:
        return psutil.Process(process).children(recursive=True)
    except psutil.Error:
        return []


def read_command(process: psutil.Process) -> str:
    """The process's command; nothing where it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
