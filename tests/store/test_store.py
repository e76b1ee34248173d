"""The cache as a folder: what is finished, what grows, and what several stores on it see of each other."""

import os

import pytest

from tests.fakes import MACHINE, OTHER, RUN, FakeEngine, fake_epoch, train_fake
from tricks.recipe.recipe import VERSION
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store
from tricks.store.writer import StoreError


def begin(store: Store, run: Run, count: int) -> None:
    """Trains the run for a number of measurements, and leaves it."""
    measurements = execute(store, FakeEngine(), run)
    for _ in range(count):
        next(measurements)
    measurements.close()


def test_a_finished_run_reads_back(store):
    """A trained run is found with its machine and outcome, and read with all its measurements."""
    train_fake(store, OTHER)

    [finished] = store.finished()

    assert (OTHER, MACHINE) == (finished.run, finished.machine)
    assert 0.51 == finished.outcome.test_accuracy
    assert finished == store.find(OTHER)
    assert [2.5, 2.25] == list(store.read(OTHER).losses)
    assert [fake_epoch(test_accuracy=0.51)] == store.read(OTHER).epochs
    assert finished.outcome == store.read(OTHER).outcome


def test_a_finished_run_is_not_trained_again(store):
    """Asking for a finished run yields nothing, and leaves its file as it is."""
    train_fake(store, RUN)
    before = store.path(RUN, ".jsonl").read_bytes()

    assert [] == list(execute(store, FakeEngine(), RUN))
    assert before == store.path(RUN, ".jsonl").read_bytes()


def test_a_growing_run_is_read_and_not_finished(store):
    """A run in training, or one that was left, can be read, and is not among the finished."""
    begin(store, RUN, count=2)

    assert [2.5, 2.25] == list(store.read(RUN).losses)
    assert store.find(RUN) is None
    assert [] == list(store.finished())


def test_a_run_is_followed_to_its_end(store):
    """A visitor's store follows a run that another one writes, beyond the moment when its file is renamed."""
    visitor = Store(store.folder)
    begin(store, RUN, count=2)
    growing = visitor.read(RUN)

    train_fake(store, RUN)

    assert growing.outcome is None
    assert 0.5 == visitor.read(RUN).outcome.test_accuracy


def test_stores_on_one_folder_see_each_other_s_runs(store):
    """What one process finishes, another sees at its next look, however soon that is."""
    other = Store(store.folder)
    train_fake(store, RUN)
    first = other.finished()

    train_fake(store, OTHER)

    assert [RUN] == [one.run for one in first]
    assert [RUN, OTHER] == [one.run for one in other.finished()]


def test_a_run_is_seen_before_the_clock_moves(store):
    """A run that is finished within the grain of the file system's clock is seen as well."""
    train_fake(store, RUN)
    other = Store(store.folder)
    other.finished()
    other.finished()
    stamp = store.folder.stat().st_mtime_ns
    train_fake(store, OTHER)
    os.utime(store.folder, ns=(stamp, stamp))

    assert [RUN, OTHER] == [one.run for one in other.finished()]


def test_a_deleted_run_is_forgotten(store):
    """A run whose file is deleted is not known any more."""
    train_fake(store, RUN)
    store.finished()

    store.path(RUN, ".jsonl").unlink()

    assert [] == list(store.finished())
    assert store.find(RUN) is None
    assert store.read(RUN) is None


def test_a_file_of_another_version_is_ignored(store):
    """A run of another version of the numbers, or a file of another kind, is neither listed nor called damaged."""
    train_fake(store, RUN)
    content = store.path(RUN, ".jsonl").read_text().replace(f'"version":{VERSION}', f'"version":{VERSION + 1}')
    (store.folder / "toy,baseline-0123456789-s0.jsonl").write_text(content)
    (store.folder / "README.md").write_text("hello")

    assert [RUN] == [one.run for one in store.finished()]
    assert [] == store.damaged


def test_looking_makes_no_folder(store):
    """A cache that is not there is empty, and reading does not make it."""
    assert [] == list(store.finished())
    assert (None, None) == (store.find(RUN), store.read(RUN))
    assert not store.folder.exists()


def test_a_file_in_place_of_the_folder_is_an_empty_cache(tmp_path):
    """Where the cache's folder is a file nothing is known, and writing is refused in one line that says what to do."""
    (tmp_path / "cache").write_text("hello")
    store = Store(tmp_path / "cache")

    with pytest.raises(StoreError, match=r"^the cache [^\n]* cannot be written [^\n]*TRICKS_CACHE$"):
        train_fake(store, RUN)

    assert [] == list(store.finished())
    assert (None, None) == (store.find(RUN), store.read(RUN))
