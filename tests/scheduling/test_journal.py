"""What the operator is told of what happens."""

import json

import pytest

from tests.fakes import BrokenEngine, FakeEngine, SlowEngine, toy_run, wait_until
from tricks.engines.engine import EngineError, HostUnfit
from tricks.scheduling.bans import mask_visitor
from tricks.scheduling.execution import Status
from tricks.scheduling.journal import EVENTS, Journal, write_to_stderr
from tricks.scheduling.limits import LimitExceeded, Limits

COOKIE = "a-very-secret-cookie-22"


@pytest.fixture
def lines() -> list[str]:
    """What the journal writes."""
    return []


@pytest.fixture
def follow(open_scheduler, lines):
    """Opens a scheduler on an engine, whose journal is in `lines`; returns it, and how to read what was told."""

    def follow(engine, **options):
        scheduler = open_scheduler(engine, journal=Journal(lines.append), **options)
        return scheduler, lambda: [json.loads(line) for line in lines]

    return follow


def test_a_run_is_told_of_from_asking_to_its_end(follow, lines):
    """That a run was asked for, began and is done are lines of JSON with run and seconds; no line has a cookie."""
    scheduler, tell = follow(FakeEngine())
    scheduler.ask(toy_run(0), COOKIE)
    wait_until(lambda: len(lines) == 3)

    asked, began, done = tell()
    assert ["asked", "began", "done"] == [asked["event"], began["event"], done["event"]]
    assert {toy_run(0).name} == {line["run"] for line in tell()}
    assert mask_visitor(COOKIE) == asked["visitor"]
    assert 0 <= done["seconds"] == scheduler.journal.seconds < 5
    assert COOKIE not in "".join(lines)


def test_what_is_refused_is_told_of_with_its_reason(follow):
    """A refusal is told of with its reason, and is still one for the visitor."""
    scheduler, tell = follow(SlowEngine(), limits=Limits.read("epochs=1", 240))

    with pytest.raises(LimitExceeded):
        scheduler.ask(toy_run(0), COOKIE)

    [refused] = tell()
    assert ("refused", True) == (refused["event"], "epochs" in refused["reason"])
    assert {"asked": 0, "refused": 1} == {name: scheduler.journal.counts[name] for name in ("asked", "refused")}


@pytest.mark.parametrize(
    ("error", "event"), [(EngineError("too big"), "failed"), (HostUnfit("no disk"), "held_up"), (None, "withdrawn")]
)
def test_every_bad_end_is_told_of(follow, error, event):
    """A run that fails, waits for the host or is taken back is told of with its reason."""
    engine = BrokenEngine(error) if error else SlowEngine()
    scheduler, tell = follow(engine)
    scheduler.ask(toy_run(0), COOKIE)
    if not error:
        wait_until(lambda: engine.begun)
        scheduler.withdraw(toy_run(0), COOKIE)

    wait_until(lambda: any(line["event"] == event for line in tell()))

    ended = next(line for line in tell() if line["event"] == event)
    assert ended.get("reason", "") == (str(error) if error else "")


def test_all_ends_are_counted():
    """Every way that a turn can end is among the events, so that its counter is there before it happens."""
    assert {status.name.lower() for status in Status} <= set(EVENTS)


def test_lines_go_where_the_server_speaks(capsys):
    """A journal that writes says its lines on stderr."""
    Journal(write_to_stderr).note("began", toy_run(0), place="0")

    assert "began" == json.loads(capsys.readouterr().err)["event"]
