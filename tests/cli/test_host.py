"""The operator's command line: who waits, who is stopped or banned, and what is whose."""

import json
import os

import pytest

from tests.disks import NOBODY, as_user
from tests.fakes import SlowEngine, toy_run, train_fake, wait_until
from tricks.scheduling.bans import check_ban, mask_visitor
from tricks.scheduling.limits import LimitExceeded
from tricks.scheduling.requests import Request, read_queue, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store


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


@pytest.mark.slow
@pytest.mark.parametrize("command", [("queue",), ("stop", "all")], ids=" ".join)
def test_another_user_s_queue_is_not_empty(operate, tmp_path, common_folder, command):
    """Who may not read the queue is told so, and not that nobody waits."""
    write_request(common_folder, Request(run=toy_run(0), visitors=frozenset({"ann"})))

    with as_user():
        code, said = operate(*command, "--cache", str(common_folder))

    assert (1, 1) == (code, said.count("\n"))
    assert "this user may not read the queue" in said


@pytest.mark.slow
def test_what_root_does_is_the_servers_own(operate, tmp_path, common_folder):
    """What root restores, bans or deletes on another user's cache leaves files that its server can read and lock."""
    os.chown(common_folder, NOBODY, NOBODY)
    copy = tmp_path / "copy"
    train_fake(Store(copy), toy_run(0))
    write_request(copy, Request(run=toy_run(1), visitors=frozenset({"ann"}), asked=1.0))

    try:
        codes = [
            operate(*words, "--cache", str(common_folder))[0]
            for words in (("restore", str(copy)), ("ban", mask_visitor("ann")), ("delete", "all", "--yes"))
        ]
    finally:
        os.seteuid(0)
        os.setegid(0)

    assert [0, 0, 0] == codes
    assert [toy_run(1)] == [request.run for request in read_queue(common_folder)]
    assert {NOBODY} == {path.stat().st_uid for path in common_folder.rglob("*")}
    with as_user(), pytest.raises(LimitExceeded):
        check_ban(common_folder, "ann")


def test_one_visitor_is_one_visitor(operate, tmp_path):
    """The queue counts visitors as people do."""
    for seed, visitors in enumerate([{"ann"}, {"ann", "bob"}]):
        write_request(tmp_path, Request(run=toy_run(seed), visitors=frozenset(visitors), asked=seed))

    assert ["1 visitor", "2 visitors"] == [line.split("  ")[1] for line in operate("queue")[1].splitlines()]


@pytest.mark.parametrize("command", [("stop", "nonsense"), ("delete", "nonsense"), ("delete", "nonsense", "--yes")])
def test_an_unknown_name_is_one_sentence(operate, command):
    """What is not there cannot be stopped or deleted, and the operator is told in one line."""
    code, said = operate(*command)

    assert 2 == code
    assert "there is no run 'nonsense' here" in said
    assert 1 == len(said.splitlines())


def test_a_visitor_of_the_queue_is_banned(operate, tmp_path):
    """The operator bans a visitor by the name that `queue` gives them, and lifts the ban again."""
    write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"}), asked=1.0))
    [row] = json.loads(operate("queue", "--json")[1])
    [visitor] = row["who"]

    banned = operate("ban", visitor)
    with pytest.raises(LimitExceeded):
        check_ban(tmp_path, "ann")
    lifted = operate("ban", visitor, "--hours", "0")
    check_ban(tmp_path, "ann")

    assert (0, f"{visitor} is refused for 1 h\n") == banned
    assert (0, f"{visitor} may ask again\n") == lifted
    assert 2 == operate("ban", "ann")[0]
