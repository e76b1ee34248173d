"""A scheduler on a store of its own."""

import pytest

from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store


@pytest.fixture
def store(tmp_path) -> Store:
    """A store on an empty folder."""
    return Store(tmp_path)


@pytest.fixture
def open_scheduler(store):
    """Opens schedulers that are closed after the test."""
    opened = []

    def open_one(*engines, **options) -> Scheduler:
        opened.append(Scheduler(store, engines, **options))
        return opened[-1]

    yield open_one
    for scheduler in opened:
        scheduler.close()
