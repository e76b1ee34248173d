"""Whose runs have their weights in the cache."""

import os
import threading
from pathlib import Path

import pytest

from tests.fakes import toy_run
from tricks.scheduling.owners import Owners
from tricks.scheduling.requests import Request, write_request
from tricks.store.cleanup import KEPT_RUNS
from tricks.store.store import Store

WEIGHTS = ".weights.safetensors"


@pytest.fixture
def owners(tmp_path) -> Owners:
    """Five runs with 10 bytes of weights each, oldest first: two of Ann's, one of Ben's, one of both, one of Ann's."""
    owners = Owners(Store(tmp_path))
    for seed, visitors in enumerate([["ann"], ["ann"], ["ben"], ["ann", "ben"], ["ann"]]):
        path = tmp_path / f"{toy_run(seed).name}{WEIGHTS}"
        path.write_bytes(b"w" * 10)
        os.utime(path, (seed, seed))
        owners.note(toy_run(seed), visitors)
    return owners


def list_kept(folder: Path) -> list[int]:
    """The seeds whose weights are there."""
    return [seed for seed in range(5) if (folder / f"{toy_run(seed).name}{WEIGHTS}").exists()]


@pytest.mark.parametrize(
    ("most_bytes", "kept"), [(40, [0, 1, 2, 3, 4]), (30, [1, 2, 3, 4]), (20, [2, 3, 4]), (10, [3]), (9, [])]
)
def test_the_oldest_weights_of_who_has_too_much_go(owners, tmp_path, most_bytes, kept):
    """Nobody has more than their part afterwards; a run of two visitors stays while one of them has room."""
    owners.make_room(most_bytes)

    assert kept == list_kept(tmp_path)


@pytest.fixture
def stopped(owners, tmp_path) -> Path:
    """What a sixth run of Ann's would go on from, since the fifth: 20 bytes."""
    for suffix, content in ((".checkpoint.safetensors", b"c" * 15), (".part", b"p" * 5)):
        path = tmp_path / f"{toy_run(5).name}{suffix}"
        path.write_bytes(content)
        os.utime(path, (5, 5))
    owners.note(toy_run(5), ["ann"])
    return tmp_path / f"{toy_run(5).name}.checkpoint.safetensors"


@pytest.mark.parametrize(
    ("most_bytes", "kept", "goes_on"), [(60, [0, 1, 2, 3, 4], True), (30, [2, 3], True), (9, [], False)]
)
def test_what_a_stopped_run_left_is_its_visitor_s(owners, tmp_path, stopped, most_bytes, kept, goes_on):
    """Who begins and stops runs has less room for weights, and the oldest of both goes first."""
    owners.make_room(most_bytes)

    assert kept == list_kept(tmp_path)
    assert goes_on == stopped.exists()


def test_a_queued_run_keeps_its_checkpoint(owners, tmp_path, stopped):
    """A run that was stopped and is asked for again goes on, however much its visitors have."""
    write_request(tmp_path, Request(run=toy_run(5), visitors=frozenset({"ben"})))

    owners.make_room(0)

    assert stopped.exists()


def test_who_asked_is_known_after_a_restart(owners, tmp_path):
    """Another server on the cache, which never saw a visitor, knows what is theirs; their names are nowhere."""
    Owners(Store(tmp_path)).make_room(20)

    assert [2, 3, 4] == list_kept(tmp_path)
    assert not any("ann" in path.read_text() for path in tmp_path.rglob("*.json"))


def test_spared_weights_stay(owners, tmp_path):
    """What the operator has spared is not taken for anybody's sake."""
    (tmp_path / KEPT_RUNS).write_text(toy_run(0).name)

    owners.make_room(20)

    assert [0, 2, 3] == list_kept(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", '{"run": "../x", "visitors": ["a"]}', '{"run": "x", "visitors": []}'])
def test_nonsense_is_nobody_s(owners, tmp_path, content):
    """A file that says nothing is left out, and none leads out of the folder."""
    (tmp_path / "owners" / "nonsense.json").write_text(content)

    Owners(Store(tmp_path)).make_room(40)

    assert [0, 1, 2, 3, 4] == list_kept(tmp_path)


def test_runs_that_end_together_make_room_together(tmp_path):
    """However many runs end at the same moment, what is gone is forgotten once, and nothing goes wrong."""
    ended, wrong = threading.Barrier(8), []

    def end(owners: Owners) -> None:
        ended.wait()
        try:
            owners.make_room(0)
        except Exception as error:
            wrong.append(error)

    for _ in range(20):
        owners = Owners(Store(tmp_path))
        for seed in range(8):
            owners.note(toy_run(seed), ["ann"])  # Whose weights went before.
        threads = [threading.Thread(target=end, args=(owners,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [] == wrong
    assert [] == list(tmp_path.rglob("*.json"))


def test_what_is_gone_is_forgotten(owners, tmp_path):
    """Of weights that are not there any more nobody is the owner, and no file is left."""
    owners.make_room(0)
    owners.make_room(0)

    assert [] == list(tmp_path.rglob("*.json"))
