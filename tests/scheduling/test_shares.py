"""Several runs at a time: who takes how much of a device, and for whom the next has to wait."""

import threading
from dataclasses import replace

import pytest

from tests.fakes import MACHINE, FakeEngine, SlowEngine, toy_run, wait_until
from tricks.engines.engine import Capacity, WorkerDied
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses, Result
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.scheduling.fairness import Expected, forecast
from tricks.scheduling.requests import Request, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.scheduling.side_by_side import execute_all
from tricks.store.store import Store

FOUR_CORES = Capacity(shares=4, alone=4, beside=1)


@pytest.fixture
def engine() -> SlowEngine:
    """Holds up to four runs on a processor of four cores until the test lets them go."""
    engine = SlowEngine()
    engine.capacity = FOUR_CORES
    return engine


@pytest.fixture
def open_scheduler(tmp_path):
    """Opens a scheduler that is closed after the test."""
    opened = []

    def open_one(engine) -> Scheduler:
        opened.append(Scheduler(Store(tmp_path), [engine]))
        return opened[-1]

    yield open_one
    for scheduler in opened:
        scheduler.close()


def list_threads(scheduler: Scheduler) -> dict[int, int]:
    """The threads of what is trained, by seed."""
    return {turn.run.seed: turn.threads for turn in scheduler.turns()}


def interrupt(store: Store, run: Run, threads: int) -> None:
    """Leaves the run after its first epoch, as if it had been trained on so many threads."""
    with store.write(run) as writer:
        writer.append(replace(MACHINE, threads=threads))
        writer.append(Checkpoint(epoch=1, step=2, seconds=1.0, state=make_state()))


def make_state() -> bytes:
    """The smallest checkpoint."""
    import safetensors.numpy

    return safetensors.numpy.save({}, metadata={"epoch": "1", "step": "2", "seconds": "1.0"})


def test_a_run_that_begins_alone_has_all_cores(engine, open_scheduler):
    """One run has all threads, and whoever comes later waits for them rather than slowing it down."""
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: engine.begun)

    scheduler.ask(toy_run(1), "bob")
    engine.begun.clear()

    assert {0: 4} == list_threads(scheduler)
    assert [True, False] == [request.running for request in scheduler.queue()]
    engine.go.set()
    wait_until(lambda: not scheduler.queue())


def test_runs_that_wait_together_have_one_thread_each(engine, open_scheduler):
    """Of six runs that are asked for at once four begin side by side, each on one thread, and the others follow."""
    scheduler = open_scheduler(engine)
    with scheduler.at_once():
        for seed in range(6):
            scheduler.ask(toy_run(seed), "ann")

    wait_until(lambda: len(engine.begun) == 4)

    assert dict.fromkeys(range(4), 1) == list_threads(scheduler)
    engine.go.set()
    wait_until(lambda: not scheduler.queue())
    assert 6 == len(engine.begun)


def test_a_resumed_run_keeps_its_threads(engine, open_scheduler, tmp_path):
    """A run goes on with the threads that it began with, waits until they are free, and nobody overtakes it."""
    interrupt(Store(tmp_path), toy_run(9), threads=3)
    for asked, seed in enumerate((0, 1)):
        write_request(tmp_path, Request(run=toy_run(seed), visitors=frozenset({"ann"}), asked=asked))
    scheduler = open_scheduler(engine)
    wait_until(lambda: len(engine.begun) == 2)
    scheduler.withdraw(toy_run(1), "ann")
    write_request(tmp_path, Request(run=toy_run(9), visitors=frozenset({"ann"})))
    scheduler.close()

    engine.begun.clear()
    again = open_scheduler(engine)
    wait_until(lambda: engine.begun)

    assert 3 == list_threads(again)[9]
    assert sum(turn.shares for turn in again.turns()) <= 4


@pytest.mark.parametrize(("threads", "planned"), [(1, {0: 1}), (3, {0: 3, 1: 1})])
def test_a_run_that_is_asked_for_anew_keeps_its_threads(engine, open_scheduler, tmp_path, threads, planned):
    """Who stops a run and presses Train again has it with the threads that it began with, and others what is left."""
    interrupt(Store(tmp_path), toy_run(0), threads)
    scheduler = open_scheduler(engine)

    with scheduler.at_once():
        for seed in planned:
            scheduler.ask(toy_run(seed), "ann")
    wait_until(lambda: len(engine.begun) == len(planned))

    assert planned == list_threads(scheduler)
    assert sum(planned.values()) == sum(turn.shares for turn in scheduler.turns())


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


class ShrinkingEngine(FakeEngine):
    """Has less room when a run begins than when its turn was planned, as with less free memory."""

    def __init__(self, planned: Capacity, left: Capacity):
        self.capacity, self._left = planned, left

    def train(self, run, checkpoint, threads=0):
        """Measures again, as an engine does before every run."""
        self.capacity = self._left
        yield from train_on_threads(run, checkpoint, threads)


@pytest.mark.parametrize(("alone", "tries"), [(2, 0), (0, 1)], ids=["all cores", "a suspected run on a GPU"])
def test_a_device_that_has_become_smaller_trains(open_scheduler, tmp_path, alone, tries):
    """A run that was to have all shares of a device has all that are left when it begins, and nobody waits for ever."""
    planned = Capacity(shares=2, alone=alone, beside=min(alone, 1))
    write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"}), tries=tries))

    scheduler = open_scheduler(ShrinkingEngine(planned, replace(planned, shares=1)))
    scheduler.ask(toy_run(1), "bob")

    wait_until(lambda: not scheduler.queue())
    assert all(Store(tmp_path).find(toy_run(seed)) for seed in (0, 1))


class ComingAndGoing(FakeEngine):
    """A cluster that has four places whenever it is looked at for the second time."""

    looks = 0

    @property
    def capacity(self) -> Capacity:
        """More at every second look."""
        self.looks += 1
        return FOUR_CORES if self.looks % 2 else Capacity()


def test_a_cluster_may_change_while_it_is_looked_at(tmp_path):
    """Seeds of one command are trained, however often a cluster's nodes come and go meanwhile."""
    store = Store(tmp_path)
    command = threading.Thread(target=lambda: list(execute_all(store, ComingAndGoing(), [toy_run(0)])), daemon=True)

    command.start()

    wait_until(lambda: store.find(toy_run(0)))


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


def train_on_threads(run, checkpoint, threads=0):
    """The fixed measurements on a machine with so many threads."""
    measurements = FakeEngine().train(run, checkpoint)
    yield replace(next(measurements), threads=threads)
    yield from measurements


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


def test_a_forecast_knows_shares():
    """Who needs more shares than are free begins when enough runs have ended, and nobody is expected before it."""
    queue = [Request(run=toy_run(seed), visitors=frozenset({"ann"})) for seed in range(4)]
    shares = {toy_run(0): 1, toy_run(1): 1, toy_run(2): 2, toy_run(3): 1}
    seconds = {toy_run(0): 10.0, toy_run(1): 30.0, toy_run(2): 5.0, toy_run(3): 5.0}

    expected = forecast(queue, lambda each: seconds[each.run], 2, lambda each: shares[each.run])

    spans = [(0, 10), (0, 30), (30, 35), (35, 40)]
    assert [Expected(start=start, end=end) for start, end in spans] == list(expected.values())
