"""How many runs the processor takes, by its cores, its memory, and what workers hold already."""

import os
from types import SimpleNamespace

import psutil
import pytest

from tests.engines.workers import NAMING_WORKER, use_worker
from tricks.engines.engine import Capacity
from tricks.engines.local import measure_processor


@pytest.mark.parametrize(
    ("slots", "cores", "gigabytes", "capacity"),
    [
        (0, 16, 64, Capacity(shares=16, alone=16, beside=1)),
        (0, 16, 4.5, Capacity(shares=4, alone=16, beside=1)),
        (0, 1, 0.5, Capacity(shares=1, alone=1, beside=1)),
        (3, 16, 64, Capacity(shares=15, alone=5, beside=5)),
        (4, 2, 64, Capacity(shares=4, alone=1, beside=1)),
    ],
)
def test_the_processor_is_shared(monkeypatch, slots, cores, gigabytes, capacity):
    """By itself the processor takes as many runs as it has cores and memory for; slots are equal parts of it."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
    monkeypatch.setattr("tricks.engines.local.count_usable_bytes", lambda: int(gigabytes * 1e9))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    assert capacity == measure_processor(slots)


def pretend_memory(monkeypatch, free: float, held: float) -> None:
    """So many gigabytes are free, and each process holds so many, beside what it shares with the others."""
    memory = SimpleNamespace(rss=int((held + 0.25) * 1e9), shared=int(0.25e9))
    monkeypatch.setattr("tricks.engines.local.count_usable_bytes", lambda: int(free * 1e9))
    monkeypatch.setattr(psutil, "Process", lambda process: SimpleNamespace(memory_info=lambda: memory))


@pytest.mark.parametrize(("cores", "gigabytes", "runs"), [(4, 4.1, 4), (8, 9.5, 8), (16, 16.1, 16), (16, 4.5, 4)])
@pytest.mark.parametrize("held", [0.1, 0.9])
def test_workers_have_the_room_that_they_hold(monkeypatch, cores, gigabytes, runs, held):
    """However many workers have begun, and whether they have their data yet, as many runs fit as without them."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    measured = set()
    for begun in range(runs + 1):
        pretend_memory(monkeypatch, gigabytes - begun * held, held)
        measured.add(measure_processor(0, range(begun)).shares)

    assert {runs} == measured


def test_a_worker_that_holds_much_has_its_own_room(monkeypatch):
    """What a worker with a large network holds beyond its part is no room for others, and one that is gone has none."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    pretend_memory(monkeypatch, free=1.5, held=5.0)

    assert 2 == measure_processor(0, [1]).shares
    monkeypatch.setattr(psutil, "Process", gone)
    assert 1 == measure_processor(0, [1]).shares


def gone(process: int):
    """What a process says that has ended."""
    raise psutil.NoSuchProcess(process)


def test_an_engine_counts_its_own_workers(monkeypatch, tmp_path):
    """A worker that is ready takes nothing from the runs that the engine has room for."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    engine = use_worker(monkeypatch, tmp_path, NAMING_WORKER.replace("ITS-UUID", "").replace("jobs=4", "jobs=1"), "cpu")
    pretend_memory(monkeypatch, free=2.2, held=0.9)

    engine.start()

    assert 3 == engine.capacity.shares
    engine.stop()
