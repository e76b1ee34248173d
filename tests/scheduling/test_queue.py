"""The requests of one server, in memory and as files."""

import shutil

import pytest

from tests.fakes import MACHINE, toy_run
from tricks.scheduling.limits import NO_LIMITS
from tricks.scheduling.queue import Queue
from tricks.scheduling.requests import read_queue, request_path
from tricks.store.store import Store


def test_what_the_operator_stops_is_not_asked_for_again(tmp_path):
    """A request whose file is deleted just before its run begins stays taken back, although tries are written down."""
    queue = Queue(Store(tmp_path), NO_LIMITS, lambda request: 0.0, lambda: None)
    queue.ask(toy_run(0), "ann")
    queue.begin(toy_run(0))
    request_path(tmp_path, toy_run(0)).unlink()

    queue.note(toy_run(0), MACHINE)
    queue.look_at_files()

    assert not request_path(tmp_path, toy_run(0)).exists()
    assert frozenset() == queue[toy_run(0)].visitors


@pytest.fixture
def queue(tmp_path, monkeypatch) -> Queue:
    """A queue that looks at its files each time."""
    monkeypatch.setattr("tricks.scheduling.queue.LOOK_SECONDS", 0)
    return Queue(Store(tmp_path), NO_LIMITS, lambda request: 0.0, lambda: None)


def test_what_could_not_be_written_down_is_so_later(queue, tmp_path):
    """A request that was made while the disk was full has its file as soon as there is room."""
    (tmp_path / "queue").write_text("in the way")
    queue.ask(toy_run(0), "ann")
    (tmp_path / "queue").unlink()

    queue.look_at_files()

    assert [toy_run(0)] == [each.run for each in read_queue(tmp_path)]
    assert toy_run(0) in queue


def test_what_could_not_be_deleted_is_so_later(queue, tmp_path):
    """A run that is stopped on a read-only disk does not come back with the next start, once its file can go."""
    queue.ask(toy_run(0), "ann")
    path = request_path(tmp_path, toy_run(0))
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()  # Which cannot be deleted as a file is.
    queue.withdraw(toy_run(0), "ann")
    path.rmdir()
    path.write_bytes(kept)

    queue.look_at_files()

    assert [] == read_queue(tmp_path)
    assert toy_run(0) not in queue


def test_a_request_that_is_made_again_stays(queue, tmp_path):
    """Who asks again for what could not be deleted has asked."""
    queue.ask(toy_run(0), "ann")
    queue.withdraw(toy_run(0), "ann")
    queue.ask(toy_run(0), "ann")

    queue.look_at_files()

    assert [toy_run(0)] == [each.run for each in read_queue(tmp_path)]


def test_a_cache_that_is_deleted_takes_no_request_with_it(queue, tmp_path):
    """Where the whole folder is gone, all that was asked for still is, and is written down again."""
    for seed in (0, 1):
        queue.ask(toy_run(seed), "ann")
    shutil.rmtree(tmp_path)

    queue.look_at_files()

    assert [toy_run(0), toy_run(1)] == [each.run for each in queue.order()]
    assert 2 == len(read_queue(tmp_path))
