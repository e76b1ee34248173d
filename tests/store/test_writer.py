"""Writing a run: complete or visibly not, and resumed from its last checkpoint."""

import json
import os

import numpy as np
import pytest
import safetensors.numpy

from tests.fakes import MACHINE, FakeEngine, fake_epoch, fake_result
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store
from tricks.store.writer import StoreError, Writer, read_checkpoint, write_line

RUN = Run(recipe=Recipe(dataset="toy"), seed=0)
PROGRESS = {"epoch": "1", "step": "2", "seconds": "1.5"}
STATE = safetensors.numpy.save({"weights": np.arange(4, dtype=np.float32)}, metadata=PROGRESS)
CHECKPOINT = Checkpoint(epoch=1, step=2, seconds=1.5, state=STATE)
FIRST = Losses(step=0, seconds=0.5, losses=(2.5, 2.25))
SECOND = Losses(step=2, seconds=1.0, losses=(2.0, 1.75))
AGAIN = Losses(step=2, seconds=2.0, losses=(1.0, 0.5))


@pytest.fixture
def store(tmp_path) -> Store:
    """A store on an empty folder."""
    return Store(tmp_path)


def write(store: Store, *measurements) -> None:
    """A training that yields these measurements and then ends, as if it had been killed."""
    with store.write(RUN) as writer:
        for measurement in measurements:
            writer.append(measurement)


def read_kinds(store: Store, suffix: str) -> list[str]:
    """What the lines of the run's file are."""
    return [json.loads(line)["kind"] for line in store.path(RUN, suffix).read_bytes().splitlines()]


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


def test_a_finished_run_has_its_files(store):
    """A finished run is its file with predictions and weights beside it, and nothing else."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT, fake_result(predictions=b"classes", weights=b"tensors"))

    files = {path.name.removeprefix(RUN.name): path for path in store.folder.iterdir() if path.is_file()}
    assert {".jsonl", ".predictions.safetensors", ".weights.safetensors"} == set(files)
    assert b"classes" == files[".predictions.safetensors"].read_bytes()
    assert b"tensors" == files[".weights.safetensors"].read_bytes()
    assert ["header", "losses", "epoch", "outcome"] == read_kinds(store, ".jsonl")


def test_an_unfinished_run_has_its_files(store):
    """A run in training is its file and its last checkpoint."""
    write(store, MACHINE, FIRST, fake_epoch(), CHECKPOINT)

    files = {path.name.removeprefix(RUN.name) for path in store.folder.iterdir() if path.is_file()}
    assert {".part", ".checkpoint.safetensors"} == files


def test_the_last_line_is_short(store):
    """The outcome takes less than a kilobyte, whatever its numbers are, and has the whole hash."""
    numbers = {"test_accuracy": 1 / 3, "seconds": 1e12 / 7, "images_per_second": 1e12 / 7}

    write(store, MACHINE, fake_result(**numbers, weights=b"w" * 10_000, predictions=b"p" * 10_000))

    last = store.path(RUN, ".jsonl").read_bytes().splitlines()[-1]
    assert len(last) < 1000
    assert 0.33333 == json.loads(last)["test_accuracy"]
    assert "0" * 64 == json.loads(last)["weights_sha256"]


def test_a_header_says_all_that_decided_the_run(store):
    """The first line has the key, the recipe, the seed, the version, the machine, and when the run began."""
    write(store, MACHINE)

    header = json.loads(store.path(RUN, ".part").read_bytes())
    assert RUN.recipe.key == header["key"]
    assert {"name": "Test processor", "device": "cpu", "threads": 1, "torch": "2.15.0"} == header["machine"]
    assert {"kind", "version", "key", "dataset", "values", "seed", "machine", "started"} == set(header)


def test_signs_of_life_are_not_written(store):
    """What tells nothing new leaves the file as it is."""
    write(store, MACHINE, Heartbeat(), FIRST, Heartbeat())

    assert ["header", "losses"] == read_kinds(store, ".part")


def test_losses_are_in_the_file_at_once(store):
    """Whoever reads the file sees a loss as soon as it is written."""
    with store.write(RUN) as writer:
        writer.append(MACHINE)
        writer.append(FIRST)

        assert [2.5, 2.25] == list(Store(store.folder).read(RUN).losses)


def fail(*_) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_one_sentence(store, monkeypatch):
    """A cache that cannot be written is told in one line that says what to do."""
    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(StoreError, match=r"^the cache [^\n]* \(No space left on device\): [^\n]*TRICKS_CACHE$"):
        list(execute(store, FakeEngine(), RUN))


def test_a_line_is_compact():
    """A line of a run's file has no spaces that say nothing."""
    assert b'{"kind":"losses","step":0}\n' == write_line({"kind": "losses", "step": 0})


def test_a_writer_of_a_new_run_has_nothing_to_go_on_from(tmp_path):
    """A run that nobody has begun has neither checkpoint nor machine."""
    writer = Writer(tmp_path, RUN)

    assert (None, None) == (writer.checkpoint, writer.machine)
