"""A sitting in which whatever a lab on a Ray cluster is made of is killed: its workers, nodes, head and server."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engines.clusters import (
    RUNS,
    add_node,
    find_busy,
    list_ray_workers,
    needs_ray,
    open_cluster,
    read_weights,
    train_undisturbed,
)
from tests.fakes import wait_until
from tricks.scheduling.requests import Request, read_queue, write_request
from tricks.settings import ROOT
from tricks.store.store import Store

KINDS = ("worker", "node", "server", "head")
KILLS = int(os.environ.get("TRICKS_TEST_KILLS", len(KINDS)))
OURS = RUNS[: KILLS + 2]
PATIENCE_SECONDS = 300

# A server without its pages, as in servers.py.
SERVER = "import time; from tricks.lab import open_lab; open_lab(); print('open', flush=True); time.sleep(3600)"


@pytest.fixture(scope="module")
def undisturbed() -> dict:
    """The weights with which this sitting's runs end on this machine, with one thread."""
    return {run: weights for run, weights in train_undisturbed().items() if run in OURS}


class Sitting:
    """A cluster and a server on it, each of whose parts is replaced as soon as it is killed."""

    def __init__(self, cache: Path):
        self._cache = cache
        self._open = ExitStack()
        self.cluster = self._open.enter_context(open_cluster())
        self._address = self.cluster.address
        self._server = self._serve()

    def kill(self, kind: str, moments: random.Random) -> None:
        """Kills one of this kind, which has work if there is any, and sets another one in its place."""
        node = find_busy(self.cluster) or moments.choice(list(self.cluster.worker_nodes))
        if kind == "worker":
            for child in list_ray_workers(node):
                child.kill()
        elif kind == "node":
            self.cluster.remove_node(node, allow_graceful=False)
            add_node(self.cluster)
        elif kind == "server":
            self._end_server()
            self._server = self._serve()
        else:
            self.cluster.head_node.kill_gcs_server()
            self.cluster.head_node.kill_raylet()
            self._open.close()  # A node that has lost its head is started again too.
            self.cluster = self._open.enter_context(open_cluster(gcs_server_port=int(self._address.rpartition(":")[2])))

    def close(self) -> None:
        """Ends everything."""
        self._end_server()
        self._open.close()

    def _serve(self) -> subprocess.Popen:
        settings = {"TRICKS_ENGINE": "ray", "TRICKS_RAY_ADDRESS": self._address, "TRICKS_CACHE": str(self._cache)}
        environment = {**os.environ, **settings, "TRICKS_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen([sys.executable, "-c", SERVER], env=environment, stdout=subprocess.PIPE)
        assert b"open\n" == server.stdout.readline()
        return server

    def _end_server(self) -> None:
        self._server.send_signal(signal.SIGKILL)
        self._server.communicate()


@pytest.fixture
def sitting(tmp_path, monkeypatch) -> Iterator[Sitting]:
    """A sitting on an empty cache, where a head is given up after five seconds."""
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "5")
    sitting = Sitting(tmp_path)
    yield sitting
    sitting.close()


def choose_kinds(moments: random.Random) -> list[str]:
    """What is killed, in a random order: each kind at least once, as far as there are so many kills."""
    kinds = [*KINDS, *moments.choices(KINDS, k=max(0, KILLS - len(KINDS)))][:KILLS]
    moments.shuffle(kinds)
    return kinds


@needs_ray
@pytest.mark.slow
def test_whatever_is_killed_every_run_is_complete(tmp_path, sitting, undisturbed):
    """Whenever a worker, a node, the server or the head is killed, each run ends with an undisturbed one's weights."""
    moments, store, done = random.Random(2026), Store(tmp_path), 0
    ask_for_all(tmp_path)
    for kind in choose_kinds(moments):
        wait_until(lambda: find_busy(sitting.cluster), PATIENCE_SECONDS)
        time.sleep(moments.uniform(0, 4))
        began = time.monotonic()
        sitting.kill(kind, moments)
        waiting = {request.run for request in read_queue(tmp_path)}
        known = {one.run for one in store.finished()}  # Read last: a run is finished before its request goes.
        assert set(OURS) == waiting | known
        print(f"{kind} killed and replaced in {time.monotonic() - began:.1f} s; {len(known)} runs are finished")
        if len(known) == len(OURS):
            done += 1
            assert undisturbed == read_weights(store)
            for run in OURS:
                store.path(run, ".jsonl").unlink()
            ask_for_all(tmp_path)  # All again, until there were enough kills.

    wait_until(lambda: len(store.finished()) == len(OURS), PATIENCE_SECONDS)
    wait_until(lambda: not read_queue(tmp_path))
    print(f"all {len(OURS)} runs are complete, {done} times before")
    assert undisturbed == read_weights(store)
    assert [] == store.damaged


def ask_for_all(cache: Path) -> None:
    """Asks for all runs, as a server that is no more would have."""
    for run in OURS:
        write_request(cache, Request(run=run, visitors=frozenset({"ann"}), asked=run.seed))
