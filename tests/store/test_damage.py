"""Damaged files: each is named and left out, and everything else goes on."""

import json
import math

import pytest

from tests.fakes import OTHER, RUN, train_fake
from tricks.store.record import Record
from tricks.store.store import Store
from tricks.store.writer import write_line


def written(**changes):
    """A file with another header or outcome."""
    return lambda header, outcome: (
        write_line(header | changes.get("header", {})) + write_line(outcome | changes.get("outcome", {}))
    )


DAMAGE = {
    "empty": lambda header, outcome: b"",
    "text": lambda header, outcome: b"hello\nworld\n",
    "not UTF-8": lambda header, outcome: b"\xff\xfe\n" * 2,
    "other JSON": lambda header, outcome: b"[1]\n" * 2,
    "null": lambda header, outcome: b"null\n" * 2,
    "nested": lambda header, outcome: b"[" * 100_000 + b"\n" + write_line(outcome),
    "header only": lambda header, outcome: write_line(header),
    "outcome only": lambda header, outcome: write_line(outcome),
    "torn": lambda header, outcome: (write_line(header) + write_line(outcome))[:-5],
    "another recipe's": written(header={"values": {"flip": True}}),
    "another seed's": written(header={"seed": 5}),
    "no machine": written(header={"machine": None}),
    "huge value": written(header={"values": {"grad_clip": 10**400}}),
    "unknown trick": written(header={"values": {"nonsense": 1}}),
    "a word for an accuracy": written(outcome={"test_accuracy": "high"}),
    "no accuracy": written(outcome={"test_accuracy": None}),
    "an accuracy that is no number": written(outcome={"test_accuracy": math.nan}),
    "no seconds": written(outcome={"seconds": None}),
    "more than an outcome": written(outcome={"nonsense": 1}),
}


@pytest.fixture(params=DAMAGE.values(), ids=DAMAGE)
def damaged_store(request, store) -> Store:
    """A store in which one run of two is damaged."""
    train_fake(store, RUN)
    train_fake(store, OTHER)
    lines = [json.loads(line) for line in store.path(OTHER, ".jsonl").read_bytes().splitlines()]
    store.path(OTHER, ".jsonl").write_bytes(request.param(lines[0], lines[-1]))
    return Store(store.folder)


def test_a_damaged_file_is_named_and_left_out(damaged_store):
    """A file that is not that of a finished run is listed as damaged, and everything else goes on."""
    finished = damaged_store.finished()

    assert [RUN] == [one.run for one in finished]
    assert [f"{OTHER.name}.jsonl"] == damaged_store.damaged
    assert damaged_store.find(OTHER) is None


def test_a_damaged_run_is_set_aside_and_trained_again(damaged_store):
    """A damaged file is kept under another name, and its run can be trained."""
    damaged = damaged_store.path(OTHER, ".jsonl").read_bytes()

    train_fake(damaged_store, OTHER)

    assert damaged == damaged_store.path(OTHER, ".damaged").read_bytes()
    assert [RUN, OTHER] == [one.run for one in damaged_store.finished()]
    assert [] == damaged_store.damaged


def test_a_damaged_file_can_be_looked_at(damaged_store):
    """Reading a damaged run gives what can be read of it, or nothing, and no error."""
    assert isinstance(damaged_store.read(OTHER), Record | None)


def test_a_folder_in_place_of_a_file_is_damage(store):
    """A folder with a run's name is listed as damaged, and is no finished run."""
    train_fake(store, RUN)
    store.path(OTHER, ".jsonl").mkdir()

    assert [RUN] == [one.run for one in store.finished()]
    assert [f"{OTHER.name}.jsonl"] == store.damaged
    assert store.find(OTHER) is None


def test_a_link_to_nowhere_is_damage(store):
    """A symbolic link whose file is gone does not hide the others."""
    train_fake(store, RUN)
    store.path(OTHER, ".jsonl").symlink_to("nowhere")

    assert [RUN] == [one.run for one in store.finished()]
    assert [f"{OTHER.name}.jsonl"] == store.damaged
