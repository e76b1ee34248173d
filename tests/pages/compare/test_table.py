"""What the table of Compare says in words where it has no number."""

import pytest

from tests.pages.compare.reading import BASELINE, FLIP, open_compare

pytestmark = pytest.mark.usefixtures("engine")


def test_one_seed_has_no_interval(fill):
    """With one seed there are numbers, and words instead of intervals."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)

    page = open_compare(BASELINE, FLIP)

    flip = page.dataframe[0].value.set_index("recipe").loc["flip"]
    assert not page.exception
    assert ("needs more seeds", "needs three seeds of each", "not clear yet") == (
        flip["interval"],
        flip["uncorrected"],
        flip["verdict"],
    )
