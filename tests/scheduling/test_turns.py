"""What the end of a turn means: deaths, a host that is not fit, and faults of what follows a training."""

import shutil
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import BrokenEngine, FakeEngine, toy_run, wait_until
from tricks.engines.engine import Capacity, HostUnfit, WorkerDied
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses
from tricks.recipe.run import Run
from tricks.scheduling.execution import hide_folders
from tricks.scheduling.journal import Journal, write_to_stderr
from tricks.scheduling.requests import Request, read_queue, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store
from tricks.store.writer import StoreError


class DyingEngine(FakeEngine):
    """Its worker dies in the middle of a run as often as the test says, and works from then on."""

    def __init__(self, deaths: int):
        self.deaths = deaths
        self.begun: list[int] = []

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0):
        """The first measurements, then perhaps a death."""
        self.begun.append(run.seed)
        measurements = super().train(run, checkpoint, threads)
        yield next(measurements)
        yield next(measurements)
        if self.deaths and run.seed == 0:
            self.deaths -= 1
            raise WorkerDied("the worker process ended unexpectedly (exit code -9)")
        yield from measurements


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_run_goes_on_after_its_worker_died(store, open_scheduler, deaths):
    """A run whose worker died keeps its place, but only once: then those who wait come first. It is not lost."""
    engine = DyingEngine(deaths)
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(1), "bob")

    wait_until(lambda: store.find(toy_run(0)) and store.find(toy_run(1)))

    assert {1: [0, 0, 1], 2: [0, 0, 1, 0]}[deaths] == engine.begun
    assert deaths == len(scheduler.troubles.list())
    assert [] == scheduler.failures()


def test_a_run_that_kills_its_worker_three_times_is_set_aside(store, open_scheduler):
    """The third death of its worker sets the run aside with its reason, and the queue goes on."""
    engine = DyingEngine(3)
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(1), "bob")

    wait_until(lambda: store.find(toy_run(1)) and scheduler.failures())

    assert [0, 0, 1, 0] == engine.begun
    assert "set aside after its worker died 3 times" in scheduler.failures()[0].failure
    assert "exit code -9" in scheduler.failures()[0].failure


class LongEngine(FakeEngine):
    """A GPU with room for four runs, none of which comes to an end."""

    capacity = Capacity(shares=4)

    def __init__(self):
        self.begun: set[int] = set()

    def train(self, run, checkpoint, threads=0):
        """The machine, then signs of life."""
        yield self.machine
        self.begun.add(run.seed)
        while True:
            yield Heartbeat()
            time.sleep(0.01)


class DeafEngine(LongEngine):
    """Its worker tells nothing until it is killed."""

    def __init__(self):
        super().__init__()
        self._killed = threading.Event()

    def stop(self) -> None:
        """Kills the worker."""
        self._killed.set()

    def train(self, run, checkpoint, threads=0):
        """The machine, then silence, then the worker's end."""
        yield self.machine
        self.begun.add(run.seed)
        self._killed.wait(10)
        raise WorkerDied("the worker process ended unexpectedly (exit code -9)", alone=len(self.begun) == 1)


@pytest.mark.parametrize("open_engine", [LongEngine, DeafEngine])
def test_an_orderly_restart_is_no_death(store, open_scheduler, monkeypatch, open_engine):
    """However often a server is closed and started, its runs go on side by side, and none is set aside."""
    monkeypatch.setattr("tricks.scheduling.scheduler.CLOSING_SECONDS", 1.0)
    for seed in range(2):
        write_request(store.folder, Request(run=toy_run(seed), visitors=frozenset({"ann"})))

    for _ in range(2):
        scheduler = open_scheduler(engine := open_engine())
        wait_until(lambda engine=engine: engine.begun == {0, 1})
        scheduler.close()

        assert [] == scheduler.failures()
        assert [(0, False)] * 2 == [(request.tries, request.suspected) for request in read_queue(store.folder)]


def test_deaths_are_counted_across_a_restart(store, open_scheduler):
    """A run that takes the server down with its worker is not tried for ever: the count is kept with the request."""
    write_request(store.folder, Request(run=toy_run(0), visitors=frozenset({"ann"}), tries=2))

    scheduler = open_scheduler(DyingEngine(1))

    wait_until(scheduler.failures)
    assert [] == list((store.folder / "queue").iterdir())


def test_a_run_that_took_the_servers_with_it_is_not_begun_again(store, open_scheduler):
    """A try is written down before it begins: after three that no server has survived the run is set aside."""

    class CountingEngine(FakeEngine):
        """Looks at what is written down when a run has begun."""

        def train(self, run, checkpoint, threads=0):
            """Reads the queue's file as the next server would."""
            measurements = super().train(run, checkpoint, threads)
            yield next(measurements)
            yield next(measurements)
            written.extend(read_queue(store.folder))
            yield from measurements

    written: list[Request] = []
    write_request(store.folder, Request(run=toy_run(0), visitors=frozenset({"ann"}), tries=2))
    wait_until(open_scheduler(CountingEngine()).store.finished)
    assert [3] == [request.tries for request in written]

    write_request(store.folder, replace(written[0], run=toy_run(1)))
    scheduler = open_scheduler(FakeEngine())

    assert "set aside" in scheduler.failures()[0].failure
    assert () == scheduler.queue()


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
