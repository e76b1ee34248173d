"""Caches that tests of pages fill."""

from tests.fakes import FakeEngine
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store


def fill_cache(tmp_path, *runs: Run) -> None:
    """Finishes the runs in the cache of this folder."""
    for run in runs:
        list(execute(Store(tmp_path), FakeEngine(), run))
