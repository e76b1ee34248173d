"""Workers and servers that die under a run: it goes on, and the one that kills them is set aside."""

import threading
import time
from dataclasses import replace

import pytest

from tests.fakes import MACHINE, FakeEngine, toy_run, wait_until
from tricks.engines.engine import Capacity, WorkerDied
from tricks.recipe.measurements import Checkpoint, Heartbeat
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request, read_queue, write_request
from tricks.store.store import Store


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


class CompanyEngine(FakeEngine):
    """A GPU's worker for two runs: it dies under both, then under the guilty one alone."""

    capacity = Capacity(shares=2)

    def __init__(self):
        self.begun: list[list[int]] = []
        self._both = threading.Barrier(2, timeout=5)
        self._active: list[int] = []

    def train(self, run, checkpoint, threads=0):
        """Seed 0 kills the worker whenever it is trained."""
        first_time = not any(run.seed in company for company in self.begun)
        self._active.append(run.seed)
        yield MACHINE
        if first_time:
            self._both.wait()
        self.begun.append(sorted(self._active))
        if first_time:
            self._both.wait()
        self._active.remove(run.seed)
        if first_time or run.seed == 0:
            raise WorkerDied("the worker process ended unexpectedly", alone=not first_time)
        _, *measurements = super().train(run, checkpoint)
        yield from measurements


def test_the_guilty_run_is_found(open_scheduler, tmp_path):
    """Runs whose common worker died go on one by one: the one that kills it is set aside, the other is finished."""
    engine = CompanyEngine()
    scheduler = open_scheduler(engine)
    with scheduler.at_once():
        scheduler.ask(toy_run(0), "ann")
        scheduler.ask(toy_run(1), "bob")

    wait_until(lambda: scheduler.failures() and not scheduler.queue())

    assert [[0, 1]] * 2 == engine.begun[:2]
    assert [[0], [0], [0], [1]] == sorted(engine.begun[2:])
    assert [toy_run(0)] == [failure.run for failure in scheduler.failures()]
    assert Store(tmp_path).find(toy_run(1))
