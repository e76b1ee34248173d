"""The page Host: what the operator sees of the server's state."""

import pytest

from tests.fakes import FakeEngine, wait_until
from tests.pages.reading import open_page, read
from tricks.lab import open_lab


class EndingEngine(FakeEngine):
    """Ends the thread that hands out its turns, as nothing should."""

    def warm_up(self) -> None:
        """Is where that happens."""
        raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_gone_is_told_of(engine):
    """Where a thread of the queue has ended, which nothing mends but a restart, the page says so."""
    engine(EndingEngine())
    wait_until(lambda: open_lab().scheduler.count_gone_threads() == 1)

    page = open_page("host")

    assert "1 thread of the queue ended by a fault: what waits is trained after a restart." in read(page)
    assert not page.exception


def test_without_a_fault_nothing_is_said(engine):
    """While all threads are there, the page has no such sentence."""
    page = open_page("host")

    assert "ended by a fault" not in read(page)
