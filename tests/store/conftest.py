"""The store that most tests of stores begin with."""

import pytest

from tricks.store.store import Store


@pytest.fixture
def store(tmp_path) -> Store:
    """A store on a folder that is not there yet."""
    return Store(tmp_path / "cache")
