"""Writing a run: complete or visibly not, with short lines that are in the file at once."""

import json
import os

import pytest

from tests.fakes import MACHINE, FakeEngine, fake_epoch, fake_result
from tests.store.writing import CHECKPOINT, FIRST, RUN, read_kinds, write
from tricks.recipe.measurements import Heartbeat
from tricks.scheduling.execution import execute
from tricks.store.store import Store
from tricks.store.writer import StoreError, write_line


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
