"""Is the difference real? One rule for verdicts, and how many more seeds they take."""

import statistics

import pytest

from tests.stats.opposed import PRIOR, oppose
from tricks.stats.comparison import MOST_SEEDS, SAME_POINTS, compare, judge, judge_interaction, subtract
from tricks.stats.interval import Sample, bonferroni, contrast, half_width, summarize


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.001, 0.05, "better"),
        (0.001, 0.002, "better"),
        (-0.05, -0.001, "worse"),
        (-0.002, -0.001, "worse"),
        (-0.009, 0.009, "about the same"),
        (-SAME_POINTS, 0.009, "no gain of a point"),
        (-0.05, 0.009, "no gain of a point"),
        (-0.009, SAME_POINTS, "not clear yet"),
        (-0.05, 0.05, "not clear yet"),
        (0.0, 0.05, "not clear yet"),
        (None, None, "not clear yet"),
    ],
)
def test_the_verdict_is_what_the_interval_allows(low, high, verdict):
    """Better and worse exclude 0, about the same stays within a point, no gain below one; else it is not clear yet."""
    assert verdict == judge(low, high)
    assert judge_interaction(low, high) == verdict.replace("no gain of a point", "not clear yet")


@pytest.mark.parametrize(
    ("values", "reference", "verdict"),
    [
        ([0.80, 0.81, 0.80], [0.70, 0.71, 0.70], "better"),
        ([0.60, 0.61], [0.70, 0.71, 0.70], "worse"),
        ([0.70] * 20, [0.7, 0.701] * 10, "about the same"),
        ([0.68, 0.69, 0.69, 0.70], [0.70] * 4, "no gain of a point"),
        ([0.70, 0.72], [0.70, 0.71], "not clear yet"),
        ([0.9], [0.5, 0.5, 0.5], "not clear yet"),
    ],
)
def test_clear_cases_are_called_by_their_name(values, reference, verdict):
    """Clear wins, clear losses, equal accuracies and open ones get the verdict that anybody would give."""
    assert verdict == oppose(values, reference).verdict


def test_all_seeds_of_both_count():
    """A difference is that of the means over all seeds of both sides, however many each has."""
    comparison = oppose([0.75, 0.5], [0.25, 0.0, 0.5])

    assert (0.375, (2, 3), 2) == (comparison.difference, comparison.seeds, comparison.least_seeds)


@pytest.mark.parametrize(("values", "reference"), [([], []), ([0.7], []), ([], [0.7])])
def test_without_runs_of_both_nothing_can_be_said(values, reference):
    """Where one side has no run there is no difference, and nobody knows what it takes."""
    comparison = oppose(values, reference)

    assert (None, None, None) == (comparison.difference, comparison.low, comparison.high)
    assert (0, "not clear yet", None) == (comparison.least_seeds, comparison.verdict, comparison.seeds_needed)


def test_a_comparison_is_the_same_from_both_sides():
    """Exchanging the two recipes changes the signs and nothing else."""
    one, other = oppose([0.70, 0.72, 0.71], [0.60, 0.65]), oppose([0.60, 0.65], [0.70, 0.72, 0.71])

    assert (one.difference, one.low, one.high) == pytest.approx((-other.difference, -other.high, -other.low))


def test_an_interaction_is_a_difference_of_differences():
    """With four samples the first difference is taken against the second."""
    samples = tuple(Sample(values=(value, value), prior=PRIOR) for value in (0.9, 0.5, 0.6, 0.4))

    assert 0.2 == pytest.approx(subtract(samples)) == pytest.approx(compare(samples).difference)
    assert (2, 2, 2, 2) == compare(samples).seeds


@pytest.mark.parametrize(
    ("values", "reference"),
    [([0.71, 0.72], [0.70, 0.71]), ([0.70, 0.73, 0.71], [0.71, 0.71]), ([0.7, 0.7], [0.7, 0.7])],
)
def test_the_seeds_needed_are_enough_and_not_too_many(values, reference):
    """With as many further seeds of each, if all stays as it is, there is a verdict, and with one less none."""
    needed = oppose(values, reference).seeds_needed
    difference = statistics.fmean(values) - statistics.fmean(reference)
    samples = [Sample(values=tuple(each), prior=PRIOR) for each in (values, reference)]

    def judge_with(more: int) -> str:
        width = float(half_width(contrast([summarize(sample, more) for sample in samples])))
        return judge(difference - width, difference + width)

    assert "not clear yet" != judge_with(needed)
    assert "not clear yet" == judge_with(needed - 1)


@pytest.mark.parametrize(
    ("values", "reference", "needed"),
    [([0.8, 0.81], [0.7, 0.71], 0), ([0.8], [0.7, 0.7], None), ([5.0, -5.0], [5.0, -5.1], None)],
)
def test_the_seeds_needed_are_0_after_a_verdict_and_unknown_without_deviation(values, reference, needed):
    """A verdict needs no more seeds, and nobody can say how many after one seed, or for a hopeless case."""
    assert needed == oppose(values, reference).seeds_needed
    assert needed is None or needed <= MOST_SEEDS


def test_a_correction_can_leave_open_what_was_decided():
    """A win that is clear alone may not be clear as one of forty, which then needs more seeds."""
    sides = ([0.716, 0.72, 0.714, 0.718, 0.717], [0.70, 0.70, 0.71, 0.69, 0.70])

    plain, corrected = oppose(*sides), oppose(*sides, bonferroni(40))

    assert ("better", 0) == (plain.verdict, plain.seeds_needed)
    assert "not clear yet" == corrected.verdict
    assert corrected.seeds_needed > 0
