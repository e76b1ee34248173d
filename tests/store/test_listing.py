"""A folder of very many runs: what comes, goes and changes is seen, and each look costs little."""

import os
import time

import pytest

import tricks.store.listing
from tests.fakes import toy_run, train_fake
from tricks.store.listing import Listing
from tricks.store.store import Store
from tricks.system.files import replace_file

RUNS = [toy_run(seed) for seed in range(8)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Eight runs, in a listing that looks at three files at a time; nothing counts as young."""
    for run in RUNS:
        train_fake(Store(tmp_path), run)
    monkeypatch.setattr(tricks.store.listing, "MOST_LOOKS", 3)
    monkeypatch.setattr(tricks.store.listing, "CLOCK_SECONDS", 0)
    return tmp_path


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves on."""
    times = [time.monotonic()]
    monkeypatch.setattr("tricks.store.listing.time.monotonic", lambda: times[0])
    return lambda seconds: times.__setitem__(0, times[0] + seconds)


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """The names of all files that are looked at."""
    names, look = [], Listing._look_at
    monkeypatch.setattr(Listing, "_look_at", lambda self, name: names.append(name) or look(self, name))
    return names


def list_seeds(listing: Listing) -> list[int]:
    """The seeds that the listing knows, after a look."""
    listing.update()
    return sorted(one.run.seed for one in listing.finished)


def test_what_comes_and_goes_is_seen(folder, clock, looks):
    """A run that ends, or is deleted, costs a look at its own file and at few others."""
    listing = Listing(folder)
    assert 8 == len(list_seeds(listing))
    looks.clear()

    clock(10)
    train_fake(Store(folder), toy_run(8))
    came = list_seeds(listing)
    clock(10)
    Store(folder).path(toy_run(3), ".jsonl").unlink()

    assert (list(range(9)), [seed for seed in range(9) if seed != 3]) == (came, list_seeds(listing))
    assert len(looks) <= 1 + 2 * 3


def test_a_file_that_takes_another_s_place_is_seen(folder, clock, looks):
    """A file that replaces one of the same name is read at once, however many there are."""
    listing = Listing(folder)
    list_seeds(listing)
    path = Store(folder).path(RUNS[-1], ".jsonl")
    clock(10)

    replace_file(path, path.read_bytes().replace(b'"outcome","test_accuracy":0.57', b'"outcome","test_accuracy":0.99'))
    listing.update()

    assert 0.99 in [one.outcome.test_accuracy for one in listing.finished]


def test_what_is_changed_in_place_is_seen_by_turns(folder, clock):
    """All files are looked at again within about a minute, a few at a time."""
    listing = Listing(folder)
    list_seeds(listing)
    path = Store(folder).path(RUNS[4], ".jsonl")
    path.write_bytes(path.read_bytes().replace(b'"outcome","test_accuracy":0.54', b'"outcome","test_accuracy":0.99'))

    seen = []
    for _ in range(7):
        clock(10)
        listing.update()
        seen.append(0.99 in [one.outcome.test_accuracy for one in listing.finished])

    assert (False, True) == (seen[0], seen[-1])


def test_many_files_are_not_listed_again_and_again(folder, clock, monkeypatch):
    """While a training changes a large folder with each epoch, it is listed in a fifth of the time at most."""
    listed, list_places = [], Listing._list_places

    def list_slowly(self):
        listed.append(1)
        clock(1)
        return list_places(self)

    monkeypatch.setattr(Listing, "_list_places", list_slowly)
    listing = Listing(folder)
    for number in range(60):
        (folder / f"{number}.part").touch()
        clock(0.1)
        listing.update()

    assert 1 + 1 == len(listed)


def test_a_folder_of_the_future_is_not_read_again_and_again(folder, monkeypatch):
    """A folder whose time lies ahead, as after a clock was set back, costs no more than another one."""
    monkeypatch.setattr(tricks.store.listing, "CLOCK_SECONDS", 2)
    for path in (*folder.glob("*.jsonl"), folder):
        os.utime(path, (2e9 + 2e9, 2e9 + 2e9))
    listing = Listing(folder)
    listing.update()
    monkeypatch.delattr(os, "scandir")

    listing.update()

    assert 8 == len(listing.finished)
