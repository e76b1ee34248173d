"""What the tests on Ray clusters compare with."""

import pytest

from tests.engines.clusters import train_undisturbed
from tricks.recipe.run import Run


@pytest.fixture(scope="module")
def undisturbed() -> dict[Run, str]:
    """The weights with which the runs end on this machine, with one thread."""
    return train_undisturbed()
