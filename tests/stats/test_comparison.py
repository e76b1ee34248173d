"""Is the difference real? Hand-computable cases, the e-process itself, and endless peeking."""

import math
import statistics

import numpy as np
import pytest
from scipy import stats

from tests.whole.test_readme import README
from tricks.stats.comparison import (
    ALPHA,
    MOST_SEEDS,
    SAME_POINTS,
    G,
    Interval,
    compare,
    correct,
    e_value,
    estimate,
    fewest_pairs,
    format_count,
    format_seeds,
    half_width,
    judge,
    t_interval,
)

FOUR = [0.70, 0.71, 0.72, 0.73]


def by_seed(values) -> dict[int, float]:
    """The values as those of the seeds 0, 1, 2, ..."""
    return dict(enumerate(values))


def compare_differences(differences):
    """The comparison of a recipe that differs from its reference by these."""
    return compare(by_seed(differences), by_seed([0.0] * len(differences)))


def evidence(count: int, mean: float, deviation: float) -> float:
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

    assert 1 / ALPHA == pytest.approx(evidence(count, edge, deviation), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3])
def test_no_evidence_suffices_below_four_values(count):
    """Two or three values exclude no mean, however far off it is."""
    assert half_width(count, 1.0) is None
    assert evidence(count, 1e6, 1.0) < 1 / ALPHA


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


@pytest.mark.parametrize(
    ("needed", "words"),
    [(None, ""), (0, ""), (1, "about 1 more seed"), (20, "about 20 more seeds"), (81, "about 90 more seeds")],
)
def test_a_guess_is_said_as_one(needed, words):
    """Of many seeds that are needed only the tens are said, and nothing where nobody knows."""
    assert words == format_seeds(needed)


def test_an_open_comparison_says_how_many_seeds_are_missing():
    """While it is not clear yet, the words say how many more seeds would make it so."""
    comparison = compare_differences([0.03, -0.03, 0.02, -0.01])

    assert comparison.words.endswith(f"not clear yet, {format_seeds(comparison.seeds_needed)} needed")


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


def draw_identical(sequences: int) -> np.ndarray:
    """Paired differences of recipes that are the same: one row a sequence, one column a seed."""
    draws = np.random.default_rng(5).standard_normal((2, sequences, 100))
    return draws[0] - draws[1]


def peek(differences: np.ndarray, factors: dict[int, float]) -> np.ndarray:
    """Whether each sequence is ever called better or worse, looked at after the counts that have a factor."""
    looks = np.array(list(factors))
    sums, squares = differences.cumsum(1)[:, looks - 1], (differences**2).cumsum(1)[:, looks - 1]
    means = sums / looks
    deviations = np.sqrt((squares - looks * means**2) / (looks - 1))
    return np.abs(means) > deviations * list(factors.values())


def list_factors(alpha: float = ALPHA) -> dict[int, float]:
    """Half the interval at a deviation of 1, for all counts from 2 to 100 that have one."""
    widths = {count: half_width(count, 1.0, alpha) for count in range(2, 101)}
    return {count: width for count, width in widths.items() if width is not None}


def test_identical_recipes_are_called_different_in_at_most_one_of_twenty_sequences():
    """Looked at after every seed from 2 to 100, 2,000 pairs of equal recipes are called different in 2.9%."""
    wrong = peek(draw_identical(2000), list_factors()).any(1).mean()

    assert 0 < wrong <= ALPHA
    assert f"| ours | {wrong:.1%} |" in README


def test_the_plain_interval_is_wrong_for_those_who_peek():
    """In the same 2,000 sequences the plain 95% t-interval calls equal recipes different in 40%."""
    factors = {count: stats.t.ppf(0.975, count - 1) / math.sqrt(count) for count in range(2, 101)}

    looks = peek(draw_identical(2000), factors)

    assert f"| plain 95% t-interval | {looks.any(1).mean():.0%} |" in README
    assert ALPHA == pytest.approx(looks[:, -1].mean(), abs=0.015)


def test_corrected_comparisons_err_together_as_seldom_as_one():
    """Eight equal recipes against one reference: any is called different in 2.2% of sequences, uncorrected in 17%."""
    draws = np.random.default_rng(6).standard_normal((9, 1000, 100))
    differences = (draws[1:] - draws[0]).reshape(8 * 1000, 100)

    plain = peek(differences, list_factors()).any(1).reshape(8, 1000).any(0).mean()
    corrected = peek(differences, list_factors(correct(8))).any(1).reshape(8, 1000).any(0).mean()

    assert corrected <= ALPHA < plain
    assert f"different somewhere in {plain:.0%} of such sequences" in README
    assert f"(there: {corrected:.1%})" in README


def test_a_clear_difference_is_found_quickly():
    """A true difference of two standard deviations of the pairs is found after 6 seeds in the median."""
    draws = np.random.default_rng(7).standard_normal((2000, 100)) + 2.0
    factors = list_factors()

    found = peek(draws, factors)

    assert found.any(1).all()
    seeds = np.median(np.array(list(factors))[found.argmax(1)])
    assert seeds <= 10
    assert f"is found after {seeds:.0f} seeds in the median" in README


def test_a_rare_failure_is_in_no_interval():
    """Where one run in twenty diverges, few seeds do not show it: most sequences miss the true mean at some time."""
    random = np.random.default_rng(8)
    failed = random.random((2000, 100)) < 0.05
    differences = 0.003 * random.standard_normal((2000, 100)) - 0.6 * failed

    missed = peek(differences + 0.6 * 0.05, list_factors()).any(1).mean()

    assert missed > 0.5


@pytest.mark.parametrize("count", [4, 5, 10, 100])
@pytest.mark.parametrize("comparisons", [2, 7, 39])
def test_the_corrected_interval_contains_the_plain_one(count, comparisons):
    """What is corrected for several comparisons is wider, or not known yet."""
    plain, corrected = half_width(count, 1.0), half_width(count, 1.0, correct(comparisons))

    assert corrected is None or plain < corrected


def test_one_comparison_needs_no_correction():
    """Corrected for a single comparison, or for none, everything is as it was."""
    assert ALPHA == correct(1) == correct(0)


@pytest.mark.parametrize(("comparisons", "pairs"), [(1, 4), (7, 5), (39, 6), (1000, 7)])
def test_a_correction_needs_more_pairs(comparisons, pairs):
    """Four pairs are the fewest for one comparison; more comparisons ask for a few more, and the words say so."""
    comparison = compare(by_seed([0.01, 0.03]), by_seed([0.0, 0.0]), correct(comparisons))

    assert pairs == fewest_pairs(correct(comparisons))
    assert f"needs at least {format_count(pairs)}" in comparison.words


def test_a_correction_can_leave_open_what_was_decided():
    """A win that is clear alone may not be clear as one of forty, which then needs more seeds."""
    values, reference = by_seed([0.01, 0.014, 0.008, 0.012, 0.011]), by_seed([0.0] * 5)

    plain, corrected = compare(values, reference), compare(values, reference, correct(40))

    assert ("better", 0) == (plain.verdict, plain.seeds_needed)
    assert "not clear yet" == corrected.verdict
    assert corrected.seeds_needed > 0


@pytest.mark.parametrize("values", [FOUR, [0.7, 0.8], [0.1, 0.5, 0.9, 0.3, 0.2]])
def test_the_plain_interval_is_the_textbook_s(values):
    """For who looks once, the interval is that of Student's t."""
    interval = t_interval(values)

    expected = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert expected == pytest.approx((interval.low, interval.high))


def test_the_plain_interval_by_hand():
    """Of 0 and 2 the mean is 1, the error 1, and t with one degree of freedom 12.706."""
    assert (1 - 12.706, 1 + 12.706) == pytest.approx((t_interval([0, 2]).low, t_interval([0, 2]).high), abs=1e-3)
    assert (None, None) == (t_interval([0.7]).low, t_interval([0.7]).high)
    assert t_interval([]) is None


@pytest.mark.parametrize("count", [2, 4, 10, 1000])
def test_evidence_is_that_of_the_paper(count):
    """E follows from the count and t alone, starts below 1 without any difference, and never overflows."""
    assert evidence(count, 3.0 / math.sqrt(count), 1.0) == pytest.approx(e_value(count, 3.0))
    assert (1 + count * G) ** -0.5 == pytest.approx(e_value(count, 0.0))
    assert e_value(count, 5.0) < e_value(count, math.inf) <= math.inf
