"""A run that was left goes on from its last checkpoint, or begins anew where that cannot be trusted."""

import json
import os

import numpy as np
import pytest
import safetensors.numpy

from tests.fakes import MACHINE, fake_epoch, fake_result
from tests.store.writing import CHECKPOINT, FIRST, PROGRESS, RUN, STATE, read_kinds, write
from tricks.recipe.measurements import Checkpoint, Losses
from tricks.store.writer import Writer, read_checkpoint

SECOND = Losses(step=2, seconds=1.0, losses=(2.0, 1.75))
AGAIN = Losses(step=2, seconds=2.0, losses=(1.0, 0.5))


def test_an_interrupted_run_goes_on_from_its_checkpoint(store):
    """A run that was left is resumed where its last checkpoint was taken, on the threads that it had."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT, SECOND)

    with store.write(RUN) as writer:
        assert CHECKPOINT == writer.checkpoint
        assert MACHINE == writer.machine


def test_what_stood_beyond_the_checkpoint_is_measured_again(store):
    """After resuming, the record has what stood before the checkpoint and what was measured after it, once each."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT, SECOND, fake_epoch(epoch=2, step=4))

    write(store, MACHINE, AGAIN)

    assert [2.5, 2.25, 1.0, 0.5] == list(store.read(RUN).losses)
    assert [fake_epoch()] == store.read(RUN).epochs
    assert ["header", "losses", "epoch", "losses", "epoch", "resumed", "losses"] == read_kinds(store, ".part")


def test_a_torn_line_is_never_written_on(store):
    """What comes after a torn line begins on a line of its own."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT)
    with store.path(RUN, ".part").open("ab") as file:
        file.write(b'{"kind":"losses","step":2,"sec')

    write(store, MACHINE, AGAIN)

    lines = store.path(RUN, ".part").read_bytes().splitlines()
    assert b'{"kind":"losses","step":2,"sec' == lines[3]
    assert "resumed" == json.loads(lines[4])["kind"]
    assert [2.5, 2.25, 1.0, 0.5] == list(store.read(RUN).losses)


def test_a_run_without_a_checkpoint_begins_anew(store):
    """A run that was left before its first checkpoint starts again from nothing."""
    write(store, MACHINE, FIRST)

    write(store, MACHINE, Losses(step=0, seconds=0.1, losses=(9.0,)))

    assert [9.0] == list(store.read(RUN).losses)
    assert ["header", "losses"] == read_kinds(store, ".part")


def metadata(**changes: str) -> bytes:
    return safetensors.numpy.save({"weights": np.zeros(1)}, metadata={**PROGRESS, **changes})


UNREADABLE = {
    "empty": b"",
    "text": b"not a checkpoint",
    "torn": STATE[:-1],
    "without its progress": safetensors.numpy.save({"weights": np.zeros(1)}),
    "with other progress": safetensors.numpy.save({"weights": np.zeros(1)}, metadata={"epoch": "1"}),
    "with a word for a number": metadata(epoch="one"),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_checkpoint_is_as_good_as_none(store, content):
    """A run whose checkpoint cannot be read starts again from nothing."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT)
    store.path(RUN, ".checkpoint.safetensors").write_bytes(content)

    with store.write(RUN) as writer:
        assert writer.checkpoint is None
        assert writer.machine is None
    assert read_checkpoint(store.folder, RUN) is None


def test_a_power_cut_takes_no_line_before_a_checkpoint(store, monkeypatch):
    """When the power fails just after a checkpoint, its run goes on from there, and no loss or epoch is missing."""
    on_disk = {}

    def sync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        on_disk[status.st_ino] = status.st_size

    monkeypatch.setattr(os, "fsync", sync)
    later = Checkpoint(epoch=2, step=4, seconds=2.0, state=metadata(epoch="2", step="4", seconds="2.0"))
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT, SECOND, fake_epoch(epoch=2, step=4), later, AGAIN)
    part = store.path(RUN, ".part")
    os.truncate(part, on_disk[part.stat().st_ino])

    with store.write(RUN) as writer:
        assert later == writer.checkpoint
    assert [2.5, 2.25, 2.0, 1.75] == list(store.read(RUN).losses)
    assert [1, 2] == [one.epoch for one in store.read(RUN).epochs]


KEPT = ["header", "losses of the first", "first epoch", "losses of the second"]


@pytest.mark.parametrize("count", range(1, 5), ids=KEPT)
def test_no_run_goes_on_from_a_checkpoint_that_is_ahead_of_its_lines(store, count):
    """Where lines before the checkpoint are missing, whatever took them, the run begins anew, and ends whole."""
    state = metadata(epoch="2", step="4", seconds="2.0")
    second = fake_epoch(epoch=2, step=4)
    later = Checkpoint(epoch=2, step=4, seconds=2.0, state=state)
    write(store, MACHINE, FIRST, fake_epoch(), SECOND, second, later)
    part = store.path(RUN, ".part")
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[:count]))

    with store.write(RUN) as writer:
        assert (None, None) == (writer.checkpoint, writer.machine)
    write(store, MACHINE, FIRST, fake_epoch(), SECOND, second, fake_result())
    assert [1, 2] == [one.epoch for one in store.read(RUN).epochs]
    assert ["header", "losses", "epoch", "losses", "epoch", "outcome"] == read_kinds(store, ".jsonl")


@pytest.mark.parametrize("content", [b"", b"nonsense\n"], ids=["empty", "nonsense"])
def test_a_run_that_began_anew_never_goes_on_from_an_older_checkpoint(store, content):
    """A file that was begun anew is resumed only from a checkpoint that was taken since, so that nothing is missing."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT)
    store.path(RUN, ".part").write_bytes(content)
    write(store, MACHINE)

    write(store, MACHINE, Losses(step=0, seconds=0.1, losses=(9.0,)))

    assert [9.0] == list(store.read(RUN).losses)
    assert "resumed" not in read_kinds(store, ".part")


def test_a_writer_of_a_new_run_has_nothing_to_go_on_from(tmp_path):
    """A run that nobody has begun has neither checkpoint nor machine."""
    writer = Writer(tmp_path, RUN)

    assert (None, None) == (writer.checkpoint, writer.machine)
