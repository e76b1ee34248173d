"""The arithmetic in words: its numbers are those of the comparison, and it ends where the seeds end."""

import pytest

from tricks.stats.comparison import compare
from tricks.stats.explanation import explain
from tricks.stats.interval import Sample, VariancePrior, bonferroni
from tricks.stats.wording import format_comparison

PRIOR = VariancePrior(degrees=3.0, variance=0.02**2)
VALUES = Sample(values=(0.74, 0.75, 0.76, 0.77), prior=PRIOR)
REFERENCE = Sample(values=(0.70, 0.71, 0.72, 0.73), prior=PRIOR)


def read(values: Sample, reference: Sample, comparisons: int = 1) -> dict[str, str]:
    """The steps' words by their titles."""
    return {step.title: step.words for step in explain((values, reference), "settled", comparisons)}


def test_the_arithmetic_by_hand():
    """Deviation √((3 · 2² + 3 · 1.29²) / 6) = 1.68 points, root of V = 1.68 / √2 = 1.19, t = 4 / 1.19 = 3.36."""
    words = read(VALUES, REFERENCE)

    assert "settled: 74.00%, 75.00%, 76.00%, 77.00%, in the mean 75.50%" in words["Means"]
    assert "difference of the means is +4.00 percentage points" in words["Means"]
    assert "√((3.0 · 2.00² + 3 · 1.29²) / 6.0) = 1.68 points with 6.0 degrees of freedom" in words["Scatter"]
    assert "t = +4.00 / 1.19 = 3.36, with ν = 12.0" in words["t"]
    assert "s = 1 + 4 · (sum of both variances) / V = 17.0: E = 12.7." in words["Evidence"]
    assert "from -0.32 to +8.32 points: the difference ± 4.32" in words["Interval"]
    assert "+1.77 to +6.23 points: better" in words["What a plain 95% t-interval would have said"]


@pytest.mark.parametrize("comparisons", [1, 2, 7])
def test_the_verdict_is_the_comparison_s(comparisons):
    """The last words are those that every page uses, corrected when asked for."""
    words = read(VALUES, REFERENCE, comparisons)

    comparison = compare((VALUES, REFERENCE), bonferroni(comparisons))
    assert format_comparison(comparison) in words["Verdict"]
    assert f"has to reach {20 * comparisons}" in words["Evidence"]


def test_without_runs_there_is_no_arithmetic():
    """Where one side has no run, nothing is subtracted."""
    assert ["Verdict"] == list(read(VALUES, Sample(values=())))


def test_a_single_seed_has_a_difference_and_no_more():
    """With one seed of a side there are means, and nothing is concluded."""
    words = read(VALUES, Sample(values=(0.7,), prior=PRIOR))

    assert ["Means", "Verdict"] == list(words)
    assert "an interval needs at least two seeds of each" in words["Verdict"]


def test_without_a_prior_each_side_stands_by_itself():
    """Where other recipes say nothing, the words name a side's own deviation, and how many seeds it takes."""
    words = read(Sample(values=VALUES.values[:2]), Sample(values=REFERENCE.values[:2]))

    assert "0.71 points, its own, with 1 degrees of freedom" in words["Scatter"]
    assert "With so few seeds no difference can be excluded" in words["Interval"]


def test_many_seeds_are_not_all_written_out():
    """Of very many seeds the first are shown, with the number of the others."""
    words = read(Sample(values=(0.6,) * 100), Sample(values=(0.5,) * 100))

    assert "and 88 more" in words["Means"]
    assert "more than a million" in words["Evidence"]
