"""What the bench times on the pages, in a real browser."""

import pytest

from tricks.bench.pages.page_times import serve
from tricks.bench.pages.visits import VISITS, measure_visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(cifar10_folder):
    """A server with as many runs as the bench's smaller cache has."""
    with serve(cifar10_folder, "cpu", runs=1_000) as address:
        yield address


@pytest.mark.parametrize("title", VISITS)
def test_a_visit_goes_through(browser, address, title):
    """What shows that a page is complete comes to stand there, and so does the answer to all that a visitor does."""
    seconds = measure_visit(browser, address, VISITS[title])

    assert [each.title for each in VISITS[title].interactions] == list(seconds)[1:]
    assert all(0 < each < 60 for each in seconds.values())
