"""The browser is that of the tests of the whole."""

from tests.whole.conftest import browser

__all__ = ["browser"]
