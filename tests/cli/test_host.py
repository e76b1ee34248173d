"""What the operator does from the command line."""

import json

import pytest

from tests.fakes import MACHINE, FakeEngine, SlowEngine, toy_run, wait_until
from tricks.cli.main import main
from tricks.recipe.run import Checkpoint
from tricks.scheduling.execution import execute
from tricks.scheduling.requests import Request, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store


@pytest.fixture
def operate(tmp_path, capsys):
    """Gives a command on the test's cache; returns its exit code and what it said."""

    def give(*words: str) -> tuple[int, str]:
        code = main([*words, "--cache", str(tmp_path)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return give


def test_the_queue_is_listed(operate, tmp_path):
    """The operator sees who waits for what, oldest first, and no visitor's name."""
    for seed in (1, 0):
        write_request(tmp_path, Request(run=toy_run(seed), visitors=frozenset({"secret"}), asked=10.0 - seed))

    code, said = operate("queue", "--json")

    assert 0 == code
    assert [1, 0] == [row["seed"] for row in json.loads(said)]
    assert "secret" not in said


def test_an_empty_queue_is_said(operate):
    """Nobody waiting is a sentence."""
    assert (0, "nobody waits for a run\n") == operate("queue")


def test_a_run_in_training_is_stopped_from_outside(operate, tmp_path):
    """Taking a running request out of the queue ends the run within a second, and the next one has its turn."""
    engine = SlowEngine()
    scheduler = Scheduler(Store(tmp_path), [engine])
    scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: engine.begun)
    scheduler.ask(toy_run(1), "ann")

    code, _ = operate("stop", toy_run(0).name)

    assert 0 == code
    wait_until(lambda: engine.ended_early, seconds=1)
    wait_until(lambda: [request.run for request in scheduler.queue()] == [toy_run(1)])
    scheduler.close()


def test_a_waiting_run_is_stopped_from_outside(operate, tmp_path):
    """A recipe's key stops all its seeds, also those that only wait."""
    engine = SlowEngine()
    scheduler = Scheduler(Store(tmp_path), [engine])
    for seed in range(3):
        scheduler.ask(toy_run(seed), "ann")
    wait_until(lambda: engine.begun)

    operate("stop", toy_run(0).recipe.key)

    wait_until(lambda: not scheduler.queue())
    assert 1 == len(engine.begun)
    scheduler.close()


def test_runs_are_deleted(operate, tmp_path):
    """Deleting a recipe takes its finished and its interrupted runs."""
    store = Store(tmp_path)
    list(execute(store, FakeEngine(), toy_run(0)))
    with store.write(toy_run(1)) as writer:
        writer.append(MACHINE)
        writer.append(Checkpoint(epoch=1, step=2, seconds=1.0, state=b"s"))

    code, said = operate("delete", toy_run(0).recipe.key)

    assert 0 == code
    assert [f"deleted {toy_run(seed).name}" for seed in (0, 1)] == said.splitlines()
    assert () == Store(tmp_path).finished()


def test_room_is_made(operate, tmp_path):
    """Trimming to nothing says what went and keeps the result."""
    list(execute(Store(tmp_path), FakeEngine(), toy_run(0)))

    code, said = operate("trim", "0", "--json")

    assert 0 == code
    assert 2 == len(json.loads(said)["deleted"])
    assert 1 == len(Store(tmp_path).finished())


@pytest.mark.parametrize("command", ["stop", "delete"])
def test_an_unknown_name_is_one_sentence(operate, command):
    """What is not there cannot be stopped or deleted, and the operator is told in one line."""
    code, said = operate(command, "nonsense")

    assert 2 == code
    assert "there is no run 'nonsense' here" in said
    assert 1 == len(said.splitlines())
