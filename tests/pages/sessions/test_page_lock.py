"""Runs of the page take turns."""

import threading

import pytest

from tricks.pages.sessions.page_lock import AT_ONCE, take_turn


def test_only_a_few_run_at_once():
    """However many sessions come at once, only a few of them run, and all get their turn."""
    running, most, done = [], [], []

    def run() -> None:
        with take_turn():
            running.append(1)
            most.append(len(running))
            threading.Event().wait(0.01)
            running.pop()
        done.append(1)

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert 20 == len(done)
    assert max(most) <= AT_ONCE


def test_a_turn_within_a_turn_does_not_wait():
    """The live part of a page takes the page's turn, and a run that ends early gives it back."""
    for _ in range(2 * AT_ONCE):
        with pytest.raises(KeyError), take_turn(), take_turn():
            raise KeyError

    with take_turn():
        pass
