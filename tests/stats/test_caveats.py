"""What to beware of: in numbers that can be found by hand, and only where it applies."""

import pytest

from tricks.stats.caveats import list_warnings, measure_jumps


def test_jumps_are_those_of_the_last_epochs():
    """The changes over the last three steps of every run are averaged, whatever came before."""
    assert 0.02 == pytest.approx(measure_jumps([[0.1, 0.5, 0.51, 0.49, 0.52], [0.9, 0.9, 0.9, 0.84]]))


@pytest.mark.parametrize("courses", [[], [[]], [[0.5]], [[0.5, 0.6, 0.7]]])
def test_short_runs_have_no_jumps(courses):
    """Runs that end before three steps say nothing of the last epochs."""
    assert measure_jumps(courses) is None


def test_the_warnings_say_how_much():
    """Best of many, the last epoch's jumps, and the test images are warned of, with numbers."""
    words = " ".join(list_warnings(8, 0.0123))

    assert "all 8 recipes were equal, the best mean would still lie about 1.4 standard errors" in words
    assert "by 1.2 points" in words
    assert "Choosing by test accuracy flatters" in words


def test_one_recipe_is_not_the_best_of_many():
    """With a single recipe and no epochs, only what still applies is said."""
    words = " ".join(list_warnings(1, None))

    assert "best of many" not in words and "jumps" not in words
