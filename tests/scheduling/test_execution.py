"""One run beside whatever other processes do: it waits for them, shares the cores, and says what ends it."""

import shutil
import threading

import pytest

from tests.fakes import MACHINE, FakeEngine, SlowEngine, toy_run, wait_until
from tests.scheduling.cores import FOUR_CORES, train_on_threads
from tricks.recipe.measurements import Heartbeat, Losses, Result
from tricks.scheduling.execution import execute, hide_folders
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store


class StepwiseEngine(FakeEngine):
    """Waits for the test after its first losses."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()

    def train(self, run, checkpoint, threads=0):
        """The fixed measurements, with a pause."""
        for measurement in super().train(run, checkpoint, threads):
            yield measurement
            if isinstance(measurement, Losses):
                self.begun.set()
                self.go_on.wait(5)


def test_a_cache_that_is_deleted_under_a_run_is_told_of(tmp_path, monkeypatch):
    """A run whose folder is taken away says so, without the folder's place on the host, and is trained again."""
    monkeypatch.setattr("tricks.scheduling.scheduler.TROUBLE_SECONDS", 0.2)
    engine, folder = StepwiseEngine(), tmp_path / "cache"
    scheduler = Scheduler(Store(folder), [engine])
    scheduler.ask(toy_run(0), "ann")
    engine.begun.wait(5)

    shutil.rmtree(folder)
    engine.go_on.set()
    wait_until(lambda: scheduler.store.find(toy_run(0)))

    assert "cannot be written (No such file or directory" in scheduler.troubles.list()[0].reason
    assert str(tmp_path) not in scheduler.troubles.list()[0].reason
    scheduler.close()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the cache /srv/lab/cache cannot be written (Full: x)", "the cache …/cache cannot be written (Full: x)"),
        ("CIFAR-10 in /data: see https://www.cs.example/~kriz/x.html", None),
        ("1000 images/s, 3/4 of it", "1000 images/s, 3/4 of it"),
    ],
)
def test_where_things_lie_is_nobody_s_business(text, shown):
    """Of a path visitors see its end; addresses and fractions stay."""
    assert (shown or text.replace("/data", "…/data")) == hide_folders(text)


def test_a_run_in_another_process_is_waited_for_and_not_trained_twice(store):
    """While another process trains the run, execute only gives signs of life, and ends when the run is finished."""
    engine = SlowEngine()
    engine.go.set()
    other = Store(store.folder)
    with other.write(toy_run(0)):
        waiting = execute(store, engine, toy_run(0))
        first = next(waiting)
    list(execute(other, FakeEngine(), toy_run(0)))

    rest = list(waiting)

    assert Heartbeat(text="Waiting for another process that trains this run") == first
    assert not any(isinstance(measurement, Losses) for measurement in rest)
    assert [] == engine.begun


def test_one_device_trains_one_run_at_a_time(store):
    """While another process trains on the device, execute waits for it."""
    with Store(store.folder).lock("device-cpu-0.0"):
        waiting = execute(store, FakeEngine(), toy_run(0))
        first = next(waiting)

    rest = list(waiting)

    assert Heartbeat(text="Waiting for another process that trains on this device") == first
    assert isinstance(rest[-1], Result)


def test_processes_share_the_cores(tmp_path):
    """While another process holds three of four cores, a run of one thread is trained and one of two threads waits."""
    store, engine = Store(tmp_path), FakeEngine()
    engine.capacity, engine.train = FOUR_CORES, train_on_threads
    locks = [store.lock(f"device-cpu-0.{number}") for number in (0, 1, 3)]
    for lock in locks:
        lock.__enter__()

    small = list(execute(store, engine, toy_run(0), threads=1))
    large = execute(store, engine, toy_run(1), threads=2)
    first = next(large)
    for lock in locks:
        lock.__exit__(None, None, None)
    rest = list(large)

    assert isinstance(small[-1], Result)
    assert Heartbeat(text="Waiting for another process that trains on this device") == first
    assert isinstance(rest[-1], Result)


def test_machines_on_one_cache_train_at_the_same_time(tmp_path):
    """A machine that shares its folder with another one does not wait for that one's device of the same number."""
    engines = [FakeEngine(), FakeEngine()]
    for number, engine in enumerate(engines):
        engine.device_id = f"machine{number}-0"

    first, second = (execute(Store(tmp_path), engine, toy_run(seed)) for seed, engine in enumerate(engines))

    assert [MACHINE, MACHINE] == [next(first), next(second)]


def test_who_needs_many_cores_is_not_overtaken(tmp_path):
    """A run that collects cores keeps those it has, and whoever comes after it waits behind it."""
    store, engine = Store(tmp_path), FakeEngine()
    engine.capacity, engine.train = FOUR_CORES, train_on_threads
    with store.lock("device-cpu-0.0"):
        large = execute(store, engine, toy_run(0), threads=4)
        next(large)
        small = execute(store, engine, toy_run(1), threads=1)
        assert isinstance(next(small), Heartbeat)
    measured = list(large)

    assert any(isinstance(one, Losses) for one in measured)
    assert isinstance(list(small)[-1], Result)
