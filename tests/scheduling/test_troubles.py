"""What is wrong with the host, or with what follows a training, is told of and ends nothing."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes import BrokenEngine, FakeEngine, toy_run, wait_until
from tricks.engines.engine import HostUnfit
from tricks.scheduling.journal import Journal, write_to_stderr
from tricks.store.writer import StoreError


def test_what_waits_for_the_host_holds_nobody_up(store, open_scheduler, monkeypatch):
    """A missing device or missing data are no fault of the run: it waits, others come first, and later it goes on."""
    monkeypatch.setattr("tricks.scheduling.scheduler.TROUBLE_SECONDS", 0.1)
    missing = threading.Event()
    missing.set()

    class UnfitEngine(FakeEngine):
        """Has no data for seed 0."""

        def train(self, run, checkpoint, threads=0):
            """Fails as a worker without data does."""
            if missing.is_set() and run.seed == 0:
                yield self.machine
                raise HostUnfit("CIFAR-10 is missing")
            yield from super().train(run, checkpoint, threads)

    scheduler = open_scheduler(UnfitEngine())
    for seed in (0, 1):
        scheduler.ask(toy_run(seed), "ann")

    wait_until(lambda: store.find(toy_run(1)))
    wait_until(lambda: [request.trouble for request in scheduler.queue()] == ["CIFAR-10 is missing"])
    missing.clear()

    wait_until(lambda: store.find(toy_run(0)))
    assert [] == scheduler.failures()


@pytest.mark.parametrize("fault", [StoreError("the cache cannot be written"), KeyError("surprise")])
def test_nothing_that_follows_a_training_ends_the_queue(store, open_scheduler, monkeypatch, fault):
    """A fault in what is done after a run is told of, and the next runs are trained."""
    monkeypatch.setattr("tricks.scheduling.scheduler.TROUBLE_SECONDS", 0.1)

    def conclude(request) -> None:
        raise fault

    scheduler = open_scheduler(FakeEngine(), conclude=conclude)
    for seed in range(3):
        scheduler.ask(toy_run(seed), "ann")

    wait_until(lambda: len(store.finished()) == 3)
    assert {None} == {trouble.run for trouble in scheduler.troubles.list()}


def test_a_host_that_cannot_train_says_so_at_its_start(open_scheduler, capsys):
    """Where no worker can begin, as without a temporary folder, the operator reads one sentence, before any visitor."""

    class UnfitEngine(FakeEngine):
        def warm_up(self) -> None:
            raise HostUnfit("no worker can be started (no room): choose another folder by TMPDIR")

    scheduler = open_scheduler(UnfitEngine())

    wait_until(scheduler.troubles.list)
    assert ["no worker can be started (no room): choose another folder by TMPDIR"] == [
        trouble.reason for trouble in scheduler.troubles.list()
    ]
    assert "no worker can be started (no room): choose another folder by TMPDIR\n" == capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="other systems have no device that is always full")
def test_a_log_that_takes_nothing_more_ends_nothing(store, open_scheduler, monkeypatch):
    """Where the server's words cannot be written, as on a full disk, faults are survived, and all is trained."""
    full = open("/dev/full", "w")
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", full)
        scheduler = open_scheduler(BrokenEngine(KeyError("surprise")), journal=Journal(write_to_stderr))
        for seed in range(3):
            scheduler.ask(toy_run(seed), "ann")
        wait_until(lambda: len(scheduler.failures()) == 3)
    with suppress(OSError):
        full.close()

    assert 0 == scheduler.count_gone_threads()


def test_a_full_cache_holds_the_run_up_until_there_is_room(store, open_scheduler, monkeypatch):
    """A cache that cannot be written is told of and tried again; the run then goes on by itself."""
    monkeypatch.setattr("tricks.scheduling.scheduler.TROUBLE_SECONDS", 0.1)
    full = threading.Event()
    full.set()

    class FullEngine(FakeEngine):
        """As good as a disk without room."""

        def train(self, run, checkpoint, threads=0):
            """Fails as the store would."""
            if full.is_set():
                raise StoreError("the cache cannot be written (No space left on device)")
            yield from super().train(run, checkpoint, threads)

    scheduler = open_scheduler(FullEngine())
    scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: any("No space left" in request.trouble for request in scheduler.queue()))

    full.clear()

    wait_until(lambda: store.find(toy_run(0)))
    assert [] == scheduler.failures()
