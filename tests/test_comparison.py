"""Is the difference real? Hand-computable cases, the e-process itself, and endless peeking."""

import math
import statistics

import numpy as np
import pytest

from tricks.comparison import ALPHA, MOST_SEEDS, SAME_POINTS, G, Interval, compare, estimate, half_width, judge

FOUR = [0.70, 0.71, 0.72, 0.73]


def by_seed(values) -> dict[int, float]:
    """The values as those of the seeds 0, 1, 2, ..."""
    return dict(enumerate(values))


def compare_differences(differences):
    """The comparison of a recipe that differs from its reference by these."""
    return compare(by_seed(differences), by_seed([0.0] * len(differences)))


def measure_evidence(count: int, mean: float, deviation: float) -> float:
    """The e-process of the t-test with a normal prior, straight from the paper, against a true mean of 0."""
    t, freedom, spread = mean / (deviation / math.sqrt(count)), count - 1, 1 + count * G
    ratio = (1 + t**2 / freedom) / (1 + t**2 / (freedom * spread))
    return spread**-0.5 * ratio ** ((freedom + 1) / 2)


def test_no_values_have_no_mean():
    """Without values there is no estimate."""
    assert estimate([]) is None


@pytest.mark.parametrize("values", [[0.7], [0.7, 0.8], [0.7, 0.8, 0.9], [0.7, 0.7, 0.7]])
def test_three_values_have_no_interval(values):
    """Below four values there is a mean and no interval, however much they agree."""
    expected = Interval(count=len(values), mean=statistics.fmean(values), low=None, high=None)

    assert expected == estimate(values)


def test_four_values_have_an_interval():
    """With four values of deviation 1 the interval reaches 3.607 to both sides, as counted by hand."""
    ratio = math.sqrt(math.sqrt(17) * 20)
    by_hand = math.sqrt(3 * (ratio - 1) / (1 - ratio / 17)) / 2

    assert 3.607 == pytest.approx(by_hand, abs=1e-3)
    assert by_hand == pytest.approx(half_width(4, 1.0))


def test_an_interval_lies_around_its_mean():
    """The interval has the mean in its middle."""
    interval = estimate(FOUR)

    assert (4, 0.715) == (interval.count, pytest.approx(interval.mean))
    assert half_width(4, statistics.stdev(FOUR)) == pytest.approx(interval.high - interval.mean)
    assert interval.mean - interval.low == pytest.approx(interval.high - interval.mean)


@pytest.mark.parametrize("count", [4, 5, 6, 10, 30, 100, 1000])
@pytest.mark.parametrize("deviation", [0.001, 0.02, 3.0])
def test_the_interval_ends_where_the_evidence_suffices(count, deviation):
    """A mean at the interval's edge is excluded with evidence of exactly 1 / ALPHA."""
    edge = half_width(count, deviation)

    assert 1 / ALPHA == pytest.approx(measure_evidence(count, edge, deviation), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3])
def test_no_evidence_suffices_below_four_values(count):
    """Two or three values exclude no mean, however far off it is."""
    assert half_width(count, 1.0) is None
    assert measure_evidence(count, 1e6, 1.0) < 1 / ALPHA


def test_more_values_narrow_the_interval():
    """With the same deviation, every further value narrows the interval."""
    widths = [half_width(count, 1.0) for count in range(4, 200)]

    assert sorted(set(widths), reverse=True) == widths


def test_the_interval_scales_with_the_deviation():
    """Twice the deviation is twice the interval, and none at all is a point."""
    assert 2 * half_width(7, 0.5) == pytest.approx(half_width(7, 1.0))
    assert 0 == half_width(7, 0.0)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.001, 0.05, "better"),
        (-0.05, -0.001, "worse"),
        (-0.009, 0.009, "about the same"),
        (-SAME_POINTS, 0.009, "not clear yet"),
        (-0.009, SAME_POINTS, "not clear yet"),
        (-0.05, 0.05, "not clear yet"),
        (0.0, 0.05, "not clear yet"),
        (None, None, "not clear yet"),
    ],
)
def test_the_verdict_is_what_the_interval_allows(low, high, verdict):
    """Better and worse exclude 0, about the same stays within a point, and all else is not clear yet."""
    assert verdict == judge(low, high)


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.10, 0.11, 0.10, 0.11, 0.10], "better"),
        ([-0.10, -0.11, -0.10, -0.11, -0.10], "worse"),
        ([0.001, -0.001, 0.001, -0.001, 0.001], "about the same"),
        ([0.03, -0.03, 0.02, -0.02, 0.01], "not clear yet"),
        ([0.5, 0.5, 0.5], "not clear yet"),
        ([0.125] * 4, "better"),
        ([-0.125] * 4, "worse"),
        ([0.0] * 4, "about the same"),
    ],
)
def test_clear_cases_are_called_by_their_name(differences, verdict):
    """Clear wins, clear losses, equal accuracies and wild ones get the verdict that anybody would give."""
    assert verdict == compare_differences(differences).verdict


def test_only_seeds_of_both_are_paired():
    """A difference is taken between runs of the same seed, in whatever order they came."""
    comparison = compare({3: 0.75, 0: 0.5, 7: 0.9}, {0: 0.25, 1: 0.0, 3: 0.25})

    assert (2, 0.375) == (comparison.pairs, comparison.difference)


def test_nothing_in_common_is_no_difference():
    """Without a common seed nothing can be said."""
    comparison = compare({0: 0.7}, {1: 0.6})

    assert (None, None, None) == (comparison.difference, comparison.low, comparison.high)
    assert (0, "not clear yet", None) == (comparison.pairs, comparison.verdict, comparison.seeds_needed)


def test_pairing_removes_what_seeds_share():
    """Seeds that are good for both recipes do not hide a steady difference between them."""
    reference = by_seed([0.5, 0.6, 0.7, 0.8, 0.9])
    values = {seed: accuracy + 0.02 + seed / 10_000 for seed, accuracy in reference.items()}

    assert "better" == compare(values, reference).verdict


def test_a_comparison_is_the_same_from_both_sides():
    """Exchanging the two recipes changes the sign and nothing else."""
    values, reference = by_seed(FOUR), by_seed([0.60, 0.65, 0.60, 0.66])

    one, other = compare(values, reference), compare(reference, values)

    assert (one.difference, one.low, one.high) == pytest.approx((-other.difference, -other.high, -other.low))
    assert one.seeds_needed == other.seeds_needed


@pytest.mark.parametrize("differences", [[0.02, -0.01, 0.03], [0.03, -0.03, 0.02, -0.01], [0.004, -0.004] * 3])
def test_the_seeds_needed_are_enough_and_not_too_many(differences):
    """With as many further pairs, if mean and deviation stay, there is a verdict, and with one less there is none."""
    needed = compare_differences(differences).seeds_needed
    mean, deviation, count = statistics.fmean(differences), statistics.stdev(differences), len(differences) + needed
    enough, less = half_width(count, deviation), half_width(count - 1, deviation)

    assert "not clear yet" != judge(mean - enough, mean + enough)
    assert less is None or "not clear yet" == judge(mean - less, mean + less)


@pytest.mark.parametrize(
    ("differences", "needed"), [([0.1, 0.11, 0.1, 0.11], 0), ([0.1], None), ([0.125, 0.125], 2), ([5.0, -5.0], None)]
)
def test_the_seeds_needed_are_0_after_a_verdict_and_unknown_without_deviation(differences, needed):
    """A verdict needs no more seeds, and nobody can say how many after one pair, or for a hopeless case."""
    assert needed == compare_differences(differences).seeds_needed
    assert needed is None or needed <= MOST_SEEDS


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        ([], "not clear yet: no seed that both have trained"),
        (
            [0.01, 0.03],
            "+2.0 points over 2 pairs, not clear yet: an interval needs at least four, about 7 more seeds needed",
        ),
        ([0.125] * 4, "+12.5 points (+12.5 to +12.5) over 4 pairs: better"),
        ([-0.125] * 4, "-12.5 points (-12.5 to -12.5) over 4 pairs: worse"),
    ],
)
def test_a_comparison_reads_as_a_sentence(differences, words):
    """The words carry the difference, its interval, the number of pairs and the verdict."""
    assert words == compare_differences(differences).words


def test_an_open_comparison_says_how_many_seeds_are_missing():
    """While it is not clear yet, the words say how many more seeds would make it so."""
    comparison = compare_differences([0.03, -0.03, 0.02, -0.01])

    assert comparison.words.endswith(f"not clear yet, about {comparison.seeds_needed} more seeds needed")


@pytest.mark.parametrize("draw", ["standard_normal", "random"])
def test_endless_peeking_finds_no_difference_where_there_is_none(draw):
    """Of recipes that are the same, at most 5% are ever called different in a hundred looks, one after every seed."""
    sequences, looks = 4000, np.arange(4, 101)
    draws = getattr(np.random.default_rng(0), draw)((2, sequences, 100))
    differences = draws[0] - draws[1]
    means = differences.cumsum(1)[:, 3:] / looks
    deviations = np.sqrt(((differences**2).cumsum(1)[:, 3:] - looks * means**2) / (looks - 1))

    widths = deviations * [half_width(int(count), 1.0) for count in looks]
    wrong = (np.abs(means) > widths).any(1).mean()

    assert 0 < wrong < ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / sequences)
