"""A run that takes much longer than it was expected to makes room for others, and goes on later."""

import threading
import time

import pytest

from tests.fakes import MACHINE, RUN, FakeEngine, fake_epoch, fake_result, toy_run, wait_until
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses, Preparing
from tricks.scheduling import lateness
from tricks.scheduling.lateness import Lateness
from tricks.scheduling.limits import NO_LIMITS, LimitExceeded, Limits
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store

CHECKPOINT = Checkpoint(epoch=1, step=2, seconds=1.0, state=b"")


class EndlessEngine(FakeEngine):
    """The run of seed 0 has an epoch each tenth of a second, without end; the others are done at once."""

    def __init__(self):
        self.order: list[int] = []
        self.go_on = threading.Event()

    def train(self, run, checkpoint, threads=0):
        """Epochs without end, or the fixed measurements."""
        self.order.append(run.seed)
        if run.seed:
            yield from super().train(run, checkpoint, threads)
            return
        yield MACHINE
        yield Losses(step=0, seconds=0.5, losses=(2.5, 2.25))
        yield fake_epoch()
        while not self.go_on.wait(0.05):
            yield CHECKPOINT
        yield fake_result()


@pytest.fixture
def hasty(monkeypatch) -> None:
    """A tenth of a second is long already."""
    monkeypatch.setattr(lateness, "FEWEST_SECONDS", 0.05)


@pytest.fixture
def open_scheduler(tmp_path):
    """A scheduler that expects a tenth of a second of every run."""
    opened = []

    def open_one(engine, limits=NO_LIMITS) -> Scheduler:
        opened.append(Scheduler(Store(tmp_path), [engine], limits, lambda request: 0.1))
        return opened[-1]

    yield open_one
    for scheduler in opened:
        scheduler.close()


def test_a_run_over_its_estimate_makes_room_for_others(hasty, open_scheduler):
    """Who waits behind a run that was to take a tenth of a second does not wait for hours; it goes on afterwards."""
    engine = EndlessEngine()
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "cheat")
    wait_until(lambda: engine.order == [0])

    scheduler.ask(toy_run(1), "ann")
    wait_until(lambda: scheduler.store.find(toy_run(1)))
    wait_until(lambda: engine.order == [0, 1, 0])
    engine.go_on.set()
    wait_until(lambda: not scheduler.queue())

    assert scheduler.store.find(toy_run(0))
    assert not scheduler.troubles.list()


def test_a_run_that_nobody_waits_behind_goes_on(hasty, open_scheduler):
    """Where nobody else waits, a run may take as long as it takes; its own visitor's other runs do not push it."""
    engine = EndlessEngine()
    scheduler = open_scheduler(engine)
    for seed in (0, 1):
        scheduler.ask(toy_run(seed), "ann")

    time.sleep(1)

    assert [0] == engine.order
    engine.go_on.set()


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves on."""
    times = [1000.0]
    monkeypatch.setattr("tricks.scheduling.lateness.time.monotonic", lambda: times[0])
    return lambda seconds: times.__setitem__(0, times[0] + seconds)


@pytest.mark.parametrize(
    ("seconds", "measurement", "at_once", "late"),
    [
        (299, CHECKPOINT, 1, False),
        (301, CHECKPOINT, 1, True),
        (301, Heartbeat(), 1, False),
        (899, Heartbeat(), 1, False),
        (901, Heartbeat(), 1, True),
        (901, CHECKPOINT, 4, False),
        (1201, CHECKPOINT, 4, True),
    ],
)
def test_when_a_run_is_late(clock, seconds, measurement, at_once, late):
    """At a checkpoint after three times what was expected, without one after nine; times those that take turns."""
    runs = Lateness()
    runs.begin(RUN, 100.0)

    clock(seconds)

    assert late == runs.is_late(RUN, measurement, at_once)


@pytest.mark.parametrize("wait", [Heartbeat(text="Waiting for another process"), Preparing(text="reading")])
def test_waiting_is_no_lateness(clock, wait):
    """What a run waits for, as a device or a download, does not count."""
    runs = Lateness()
    runs.begin(RUN, 100.0)
    clock(10_000)

    assert not runs.is_late(RUN, wait)
    assert not runs.is_late(RUN, CHECKPOINT)


def test_without_an_estimate_nothing_is_late(clock):
    """Where nobody knows how long runs take, none makes room."""
    runs = Lateness()
    runs.begin(RUN, 0.0)
    clock(1e9)

    assert not runs.is_late(RUN, CHECKPOINT)


def test_invented_visitors_share_what_their_address_has(open_scheduler, tmp_path):
    """Cookies are quickly invented: together those of one address have no more in the queue; others are not held up."""
    engine = EndlessEngine()
    scheduler = open_scheduler(engine, Limits.read("", 1e6, address_minutes=0.5 / 60))
    visitors = [f"invented-{number}" for number in range(7)]
    for visitor in visitors:
        scheduler.note_address(visitor, "192.0.2.1")
    scheduler.note_address("ann", "192.0.2.2")

    with pytest.raises(LimitExceeded, match="visitors from your network"):
        for number, visitor in enumerate(visitors):
            scheduler.ask(toy_run(100 * number), visitor)

    scheduler.ask(toy_run(900), "ann")
    scheduler.ask(toy_run(901), "local")
    engine.go_on.set()
