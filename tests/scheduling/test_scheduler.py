"""The queue: who trains what, in which order, and what happens when it cannot."""

import time

import pytest

from tests.fakes import BrokenEngine, FakeEngine, SlowEngine, toy_run, wait_until
from tricks.engines.engine import EngineError
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.limits import LimitExceeded, Limits


def test_a_run_that_is_asked_for_is_trained_and_kept(store, open_scheduler):
    """What a visitor asks for is trained, and is then in the cache."""
    scheduler = open_scheduler(FakeEngine())

    scheduler.ask(toy_run(0), "ann")

    wait_until(lambda: store.find(toy_run(0)))
    wait_until(lambda: not scheduler.queue())


def test_two_visitors_share_one_training(store, open_scheduler):
    """Asking for a run that somebody else has asked for joins it."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)

    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(0), "bob")
    wait_until(lambda: engine.begun)

    assert [frozenset({"ann", "bob"})] == [request.visitors for request in scheduler.queue()]
    engine.go.set()
    wait_until(lambda: store.find(toy_run(0)))
    assert [toy_run(0).name] == engine.begun


def test_a_run_goes_on_while_anybody_asks_for_it(open_scheduler):
    """One visitor's Stop does not take the run from the other."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(0), "bob")
    wait_until(lambda: engine.begun)

    scheduler.withdraw(toy_run(0), "ann")

    time.sleep(0.1)
    assert [] == engine.ended_early
    scheduler.withdraw(toy_run(0), "bob")
    wait_until(lambda: engine.ended_early)


def test_asking_again_while_the_run_is_being_stopped_trains_it(store, open_scheduler):
    """A visitor who presses Stop and at once Train gets the training."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: engine.begun)

    scheduler.withdraw(toy_run(0), "ann")
    wait_until(lambda: engine.ended_early)
    scheduler.ask(toy_run(0), "ann")
    engine.go.set()

    wait_until(lambda: store.find(toy_run(0)))


def test_a_queued_run_that_nobody_wants_any_more_is_not_begun(open_scheduler):
    """Withdrawing before the turn leaves the queue as if nobody had asked."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: engine.begun)
    scheduler.ask(toy_run(1), "ann")

    scheduler.withdraw(toy_run(1), "ann")
    engine.go.set()

    wait_until(lambda: not scheduler.queue())
    assert [toy_run(0).name] == engine.begun


@pytest.mark.parametrize("error", [EngineError("no data"), ZeroDivisionError()])
def test_a_failure_is_told_and_the_queue_goes_on(store, open_scheduler, error):
    """A run that cannot be trained says why, and the next one has its turn."""
    engine = BrokenEngine(error)
    scheduler = open_scheduler(engine)

    scheduler.ask(toy_run(0), "ann")
    wait_until(scheduler.failures)
    scheduler.ask(toy_run(1), "ann")
    wait_until(lambda: len(scheduler.failures()) == 2)

    assert all(failure.failure for failure in scheduler.failures())
    assert () == scheduler.queue()


def test_asking_again_forgets_the_failure(open_scheduler):
    """A failed run can be asked for again."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)
    engine.train = BrokenEngine(EngineError("no data")).train
    scheduler.ask(toy_run(0), "ann")
    wait_until(scheduler.failures)
    del engine.train

    scheduler.ask(toy_run(0), "ann")

    assert [] == scheduler.failures()


def test_slots_work_side_by_side(store, open_scheduler):
    """With two engines two visitors' runs are trained at the same time, and a third waits."""
    engines = [SlowEngine(), SlowEngine()]
    engines[1].device_id = "1"
    scheduler = open_scheduler(*engines)

    for seed, visitor in enumerate(["ann", "bob", "eve"]):
        scheduler.ask(toy_run(seed), visitor)

    wait_until(lambda: engines[0].begun and engines[1].begun)
    assert [True, True, False] == [request.running for request in scheduler.queue()]
    for engine in engines:
        engine.go.set()
    wait_until(lambda: all(store.find(toy_run(seed)) for seed in range(3)))


def test_visitors_are_served_in_turns(store, open_scheduler):
    """Of three visitors with 5, 1 and 1 runs, the second and third are served before the first's second run."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)
    for seed in range(5):
        scheduler.ask(toy_run(seed), "ann")
    scheduler.ask(toy_run(5), "bob")
    scheduler.ask(toy_run(6), "eve")

    engine.go.set()
    wait_until(lambda: not scheduler.queue())

    assert [0, 5, 6, 1, 2, 3, 4] == [int(name.rpartition("-s")[2]) for name in engine.begun]


def test_too_much_is_refused_and_joining_never(open_scheduler):
    """A visitor whose minutes are used up is refused another run, but may join one that is in the queue already."""
    limits = Limits.read("epochs=20", queue_minutes=15)
    scheduler = open_scheduler(SlowEngine(), limits=limits, expect=lambda request: 600.0)
    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(1), "bob")

    with pytest.raises(LimitExceeded, match="10 min of training in the queue"):
        scheduler.ask(toy_run(2), "ann")
    with pytest.raises(LimitExceeded, match="epochs up to 20"):
        scheduler.ask(Run(recipe=Recipe(dataset="toy", epochs=21), seed=0), "eve")
    scheduler.ask(toy_run(1), "ann")

    assert [1, 2] == sorted(len(request.visitors) for request in scheduler.queue())


def test_the_queue_has_an_end(open_scheduler, monkeypatch):
    """A host that has more requests than it will ever train refuses further ones."""
    monkeypatch.setattr("tricks.scheduling.allowance.MOST_REQUESTS", 2)
    scheduler = open_scheduler(SlowEngine())
    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(1), "bob")

    with pytest.raises(LimitExceeded, match="come back later"):
        scheduler.ask(toy_run(2), "eve")
