"""Comparisons in words."""

from dataclasses import replace

import pytest

from tests.stats.opposed import oppose
from tricks.stats.interval import VariancePrior
from tricks.stats.wording import (
    format_certainty,
    format_comparison,
    format_figures,
    format_interval,
    format_points,
    format_seeds,
    format_sides,
)


@pytest.mark.parametrize(
    ("values", "reference", "words"),
    [
        ([], [0.5], "not clear yet: one of the two has no run yet"),
        (
            [0.71],
            [0.7, 0.7],
            "+1.0 points, settled, 1 against 2 seeds: not clear yet, an interval needs at least two seeds of each",
        ),
        ([0.8, 0.81], [0.7, 0.7, 0.71], "+10.2 points (+8.0 to +12.3), settled, 2 against 3 seeds: better"),
    ],
)
def test_a_comparison_reads_as_a_sentence(values, reference, words):
    """The words carry the difference, its interval, the measure, the seeds of both sides and the verdict."""
    assert words == format_comparison(oppose(values, reference))


def test_an_open_comparison_says_how_many_seeds_are_missing():
    """While it is not clear yet, the words say how many more seeds of each would make it so."""
    comparison = oppose([0.71, 0.72], [0.70, 0.71])

    assert format_comparison(comparison).endswith(f"{format_seeds(comparison.seeds_needed)} needed")


def test_without_a_prior_more_seeds_are_asked_for():
    """Where there is no pool of recipes, the words say how many seeds an interval takes."""
    comparison = oppose([0.7, 0.7], [0.7, 0.7], prior=VariancePrior())

    assert "needs three seeds of each" in format_figures(comparison)


@pytest.mark.parametrize(
    ("values", "alpha", "words"),
    [
        ([0.8, 0.81], 0.01, "clear among all"),
        ([0.72, 0.725, 0.72, 0.73], 0.0001, "clear as a single question only"),
        ([0.71, 0.72], 0.01, ""),
    ],
)
def test_a_verdict_says_how_sure_it_is(values, alpha, words):
    """A verdict holds among all comparisons, or as a single question only."""
    reference = [0.70, 0.70, 0.71, 0.70]

    assert words == format_certainty(oppose(values, reference), oppose(values, reference, alpha))


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        (None, ""),
        (0, ""),
        (1, "about 1 more seed of each"),
        (20, "about 20 more seeds of each"),
        (81, "about 90 more seeds of each"),
    ],
)
def test_a_guess_is_said_as_one(needed, words):
    """Of many seeds that are needed only the tens are said, and nothing where nobody knows."""
    assert words == format_seeds(needed)


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ((1, 1), "1 seed each"),
        ((5, 10), "5 against 10 seeds"),
        ((5, 1), "5 against 1 seed"),
        ((2, 2, 3, 4), "2, 2, 3 and 4 seeds"),
    ],
)
def test_sides_are_counted(seeds, words):
    """How many seeds stand behind a figure is said for each side."""
    assert words == format_sides(seeds)


@pytest.mark.parametrize(("difference", "words"), [(0.0123, "+1.2"), (-0.0123, "-1.2"), (-0.0001, "0.0"), (0, "0.0")])
def test_points_are_rounded_and_a_zero_has_no_sign(difference, words):
    """A difference is given in points to one decimal, and nothing is not less than nothing."""
    assert words == format_points(difference)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.0001, 0.028, "-0.01 to +2.8"),
        (0.0003, 0.0104, "+0.03 to +1.04"),
        (-0.02, 0.0096, "-2.0 to +0.96"),
        (-0.01, 0.0, "-1.0 to 0.0"),
    ],
)
def test_an_end_of_an_interval_shows_on_which_side_of_a_limit_it_lies(low, high, words):
    """An end that rounds to 0 or a point has two digits, so that no verdict seems to contradict its interval."""
    assert words == format_interval(replace(oppose([0.71, 0.72], [0.70, 0.71]), low=low, high=high))


def test_sides_that_scatter_differently_are_not_told_to_have_what_they_have():
    """Where both sides have as many seeds as an interval needs, but scatter too differently, that is what is said."""
    comparison = oppose([0.70, 0.73, 0.71], [0.10, 0.10, 0.10], prior=VariancePrior(floor=1e-9))

    assert (3, None) == (comparison.fewest, comparison.low)
    assert "not clear yet, the sides scatter too differently for so few seeds" in format_comparison(comparison)
    assert "needs more seeds of each" == format_interval(comparison)
