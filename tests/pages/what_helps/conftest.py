"""The lab that the tests of What helps? open."""

import pytest

from tests.fakes import SlowEngine


@pytest.fixture(autouse=True)
def lab(engine):
    """A lab on an empty cache, whose engine begins its runs and never ends them."""
    engine(SlowEngine())
