"""Reading the store for many sessions at once."""

import threading

import pytest

import tricks.lab
from tests.fakes import FakeEngine
from tricks.lab import close_lab, open_lab
from tricks.pages.sessions import shared_reads
from tricks.pages.sessions.shared_reads import read_results, read_run
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

RUN = Run(recipe=Recipe(), seed=0)


@pytest.fixture(autouse=True)
def lab(monkeypatch, tmp_path):
    """The lab on a cache with one finished run."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))
    monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [FakeEngine()])
    list(execute(Store(tmp_path), FakeEngine(), RUN))
    yield open_lab()
    close_lab()


def test_a_run_is_read_once_for_all(lab, monkeypatch):
    """Sessions that look at the same moment read a run's file once."""
    reads = []
    read = lab.store.read
    monkeypatch.setattr(lab.store, "read", lambda run: reads.append(run) or read(run))
    monkeypatch.setattr(shared_reads, "SHARED_SECONDS", 60)

    records = [read_run(RUN) for _ in range(5)]

    assert [RUN] == reads
    assert all(record is records[0] for record in records)


def test_a_run_that_has_not_begun_is_looked_for_again(lab):
    """A run without a file is looked for every time, so that its beginning is seen at once."""
    following = Run(recipe=Recipe(), seed=1)
    assert read_run(following) is None

    list(execute(lab.store, FakeEngine(), following))

    assert read_run(following).outcome


def test_results_are_not_waited_for(lab, monkeypatch):
    """While one session reads the results, the others take those of just before."""
    known = read_results()
    reading_now, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(lab, "results", lambda: reading_now.set() or go_on.wait(10) or {})
    slow = threading.Thread(target=read_results)
    slow.start()
    reading_now.wait(10)

    meanwhile = read_results()
    go_on.set()
    slow.join()

    assert meanwhile is known
