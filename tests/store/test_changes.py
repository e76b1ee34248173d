"""What changes behind the store's back: files that are mended, copied slowly, or replaced by others."""

import os
import time

import pytest

import tricks.store.listing
from tests.fakes import RUN, train_fake
from tricks.store.store import Store


@pytest.fixture
def sure_clock(monkeypatch) -> None:
    """A file system whose clock is so fine that nothing counts as young."""
    monkeypatch.setattr(tricks.store.listing, "CLOCK_SECONDS", 0)


@pytest.mark.parametrize("length", [0, 50, -9], ids=["empty", "half", "nearly whole"])
def test_a_torn_file_that_is_mended_in_place_is_seen(store, sure_clock, length):
    """A copy that takes its time, or is mended later, is seen, although its folder has not changed meanwhile."""
    train_fake(store, RUN)
    whole = store.path(RUN, ".jsonl").read_bytes()
    store.path(RUN, ".jsonl").write_bytes(whole[:length])
    torn = store.finished(), store.damaged
    changed = store.folder.stat().st_mtime_ns
    time.sleep(0.05)  # Longer than the clock's grain.

    store.path(RUN, ".jsonl").write_bytes(whole)

    assert changed == store.folder.stat().st_mtime_ns
    assert ((), [store.path(RUN, ".jsonl").name]) == torn
    assert [RUN] == [one.run for one in store.finished()]
    assert [] == store.damaged


def read_settled(store: Store) -> tuple:
    """Trains a run, and reads the folder as one in which nothing has happened for long, the index included."""
    train_fake(store, RUN)
    store.finished()
    os.utime(store.folder, (1, 1))
    return store.finished()


def change_in_place(store: Store) -> None:
    """Gives a finished run another accuracy, in a file of the same size and time."""
    path = store.path(RUN, ".jsonl")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    time.sleep(0.05)  # Longer than the clock's grain.
    path.write_bytes(path.read_bytes().replace(b'"outcome","test_accuracy":0.5', b'"outcome","test_accuracy":0.6'))
    os.utime(path, ns=times)


def test_a_young_file_is_looked_at_again(store):
    """A file that was still being written when it was first read is read again, although its folder is old."""
    first = read_settled(store)

    change_in_place(store)

    assert 1 == store.folder.stat().st_mtime
    assert [0.5, 0.6] == [one.outcome.test_accuracy for one in (*first, *store.finished())]


def test_other_content_is_seen_by_the_next_start(store):
    """Other content under the same name, size and time is read, whatever the index says."""
    train_fake(store, RUN)
    first = store.finished()

    change_in_place(store)

    assert [0.5, 0.6] == [one.outcome.test_accuracy for one in (*first, *Store(store.folder).finished())]


def test_all_files_are_looked_at_from_time_to_time(store, sure_clock, monkeypatch):
    """What is changed in place, long after it was read, is seen a minute later."""
    read_settled(store)
    change_in_place(store)
    before = store.finished()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)

    assert [0.5, 0.6] == [one.outcome.test_accuracy for one in (*before, *store.finished())]


def test_an_unchanged_folder_costs_no_reading(store, sure_clock, monkeypatch):
    """While nothing changes, the finished runs are the same tuple, and no folder is listed, damaged files or not."""
    store.folder.mkdir()
    (store.folder / "broken.jsonl").write_text("nonsense")
    (store.folder / "nowhere.jsonl").symlink_to("nowhere")
    first = read_settled(store)
    monkeypatch.delattr(os, "scandir")

    assert first is store.finished()
    assert ["broken.jsonl", "nowhere.jsonl"] == store.damaged
