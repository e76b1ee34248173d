"""Several runs at a time: who takes how much of a device, and for whom the next has to wait."""

from dataclasses import replace

import pytest

from tests.fakes import MACHINE, FakeEngine, SlowEngine, toy_run, wait_until
from tests.scheduling.cores import FOUR_CORES, train_on_threads
from tricks.engines.engine import Capacity
from tricks.recipe.measurements import Checkpoint
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store


@pytest.fixture
def engine() -> SlowEngine:
    """Holds up to four runs on a processor of four cores until the test lets them go."""
    engine = SlowEngine()
    engine.capacity = FOUR_CORES
    return engine


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
