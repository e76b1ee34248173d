"""Where a mean or a difference lies: hand-computable cases, and the papers' formulas."""

import math
import statistics

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma, polygamma

from tricks.stats.interval import (
    ALPHA,
    FEWEST_RECIPES,
    MOST_DEGREES,
    G,
    Interval,
    Sample,
    VariancePrior,
    bonferroni,
    bound,
    contrast,
    e_value,
    estimate,
    fewest_seeds,
    fit_prior,
    half_width,
    moderate,
    pool_prior,
    summarize,
    t_interval,
)

FOUR = (0.70, 0.71, 0.72, 0.73)
PRIOR = VariancePrior(degrees=8.0, variance=0.007**2)
FLOOR = VariancePrior().floor


def known(*values: float, prior: VariancePrior = PRIOR) -> Sample:
    """A sample of these values."""
    return Sample(values=values, prior=prior)


def test_no_values_have_no_mean():
    """Without values there is no estimate."""
    assert estimate(known()) is None


def test_a_single_seed_concludes_nothing():
    """Of one seed there is a mean and no interval, whatever other recipes say."""
    assert Interval(count=1, mean=0.7, low=None, high=None) == estimate(known(0.7))
    assert bound([known(*FOUR), known(0.7)]) is None


@pytest.mark.parametrize("count", [2, 3])
def test_without_a_prior_few_seeds_exclude_nothing(count):
    """Without a pool of recipes two or three seeds have no interval, however much they agree."""
    assert estimate(Sample(values=(0.7,) * count)).low is None


def test_four_values_without_a_prior_are_the_plain_e_process():
    """With four values of deviation 1 and no prior the interval reaches 3.607 to both sides, as counted by hand."""
    ratio = math.sqrt(math.sqrt(17) * 20)
    by_hand = math.sqrt(3 * (ratio - 1) / (1 - ratio / 17)) / 2

    assert 3.607 == pytest.approx(by_hand, abs=1e-3)
    assert by_hand == pytest.approx(half_width(contrast([moderate(4, 0.0, 1.0, VariancePrior())])))


def test_a_variance_is_joined_with_the_prior_s():
    """Four seeds of deviation 1 beside a prior of 3 degrees and deviation 2: (3 * 4 + 3 * 1) / 6 = 2.5."""
    side = moderate(4, 0.0, 1.0, VariancePrior(degrees=3.0, variance=4.0))

    assert (2.5, 6.0) == (side.variance, side.degrees)


def test_the_difference_takes_all_seeds_of_both():
    """Variances add up over the seeds of each side, and degrees of freedom are Welch's."""
    of = contrast([moderate(4, 0.5, 4.0, VariancePrior()), moderate(9, 0.25, 9.0, VariancePrior())])

    assert (0.25, 2.0) == (of.mean, of.variance)
    assert 4 / (1 / 3 + 1 / 8) == pytest.approx(of.degrees)
    assert 1 + G * 13 / 2 == pytest.approx(of.spread)


def test_an_interaction_has_four_terms():
    """A difference of differences adds up four variances, and its mean has two signs."""
    sides = [moderate(2, mean, 1.0, PRIOR) for mean in (0.9, 0.5, 0.6, 0.4)]

    of = contrast(sides)

    assert 0.2 == pytest.approx(of.mean)
    assert sum(side.variance for side in sides) / 2 == pytest.approx(of.variance)


@pytest.mark.parametrize("count", [2, 4, 10, 100])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 21])
def test_the_interval_ends_where_the_evidence_suffices(count, alpha):
    """A difference at the interval's edge is excluded with evidence of exactly 1 / alpha, by the paper's formula."""
    sides = [moderate(count, mean, 0.01**2, PRIOR) for mean in (0.7, 0.7)]
    width = float(half_width(contrast(sides), alpha))
    of = contrast([moderate(count, 0.7 + width, 0.01**2, PRIOR), sides[1]])

    squared, nu, spread = width**2 / of.variance, of.degrees, of.spread
    by_paper = spread**-0.5 * ((1 + squared / nu) / (1 + squared / (nu * spread))) ** ((nu + 1) / 2)
    assert 1 / alpha == pytest.approx(by_paper) == pytest.approx(e_value(of))


def test_evidence_never_overflows():
    """Without a difference there is less than no evidence, and a huge difference has no number."""
    sides = [moderate(500, mean, 0.0, VariancePrior()) for mean in (0.0, 0.0, 1.0)]

    assert e_value(contrast(sides[:2])) < 1
    assert math.inf == e_value(contrast(sides[1:]))


def test_more_seeds_narrow_the_interval():
    """With the same deviation, every further seed narrows the interval."""
    widths = [float(half_width(contrast([moderate(count, 0.7, 0.01**2, PRIOR)]))) for count in range(2, 200)]

    assert sorted(set(widths), reverse=True) == widths


def test_an_accuracy_stays_within_its_bounds():
    """The interval of an accuracy ends at 0 and at 100%."""
    wild = VariancePrior(degrees=8.0, variance=0.3**2)

    assert (0.0, 1.0) == (estimate(known(0.1, 0.1, prior=wild)).low, estimate(known(0.9, 0.9, prior=wild)).high)


def test_the_prior_is_smyth_s():
    """The prior's degrees and variance solve Smyth's two equations for the mean and variance of the logarithms."""
    random = np.random.default_rng(3)
    degrees = random.integers(1, 12, 40)
    variances = 0.01**2 * np.exp(random.normal(0, 0.8, 40)) * random.chisquare(degrees) / degrees

    prior = fit_prior(variances, degrees, FLOOR)

    logs = np.log(variances) - digamma(degrees / 2) + np.log(degrees / 2)
    assert logs.var(ddof=1) - polygamma(1, degrees / 2).mean() == pytest.approx(polygamma(1, prior.degrees / 2))
    by_hand = logs.mean() + digamma(prior.degrees / 2) - math.log(prior.degrees / 2)
    assert by_hand == pytest.approx(math.log(prior.variance))


def test_recipes_that_scatter_alike_are_worth_many_seeds():
    """Where deviations hardly differ, the prior is worth as much as it may be: a hundred, or all that the pool has."""
    assert MOST_DEGREES == fit_prior([1e-4] * 30, [9] * 30, FLOOR).degrees
    assert 27 == fit_prior([1e-4] * 9, [3] * 9, FLOOR).degrees


@pytest.mark.parametrize("recipes", [0, 1, FEWEST_RECIPES - 1])
def test_few_recipes_are_no_prior(recipes):
    """With fewer than six recipes each is judged by its own scatter."""
    assert VariancePrior(floor=FLOOR) == pool_prior([FOUR] * recipes, FLOOR)


def test_what_says_nothing_stays_out_of_the_prior():
    """Recipes with one seed, and those at the floor as two diverged ones, leave the prior as it is."""
    random = np.random.default_rng(4)
    pool = [tuple(random.normal(0.7, 0.01, 5)) for _ in range(8)]

    assert pool_prior(pool, FLOOR) == pool_prior([*pool, (0.7,), (0.1, 0.1)], FLOOR)


def test_no_variance_is_below_that_of_rounding():
    """Equal accuracies on 10,000 images may differ by what rounding hides."""
    assert (1 / 10_000) ** 2 / 12 == summarize(Sample(values=(0.5, 0.5))).variance


@pytest.mark.parametrize(("comparisons", "seeds"), [(1, 4), (7, 5), (39, 6), (1000, 7)])
def test_a_correction_needs_more_seeds(comparisons, seeds):
    """Without a prior one recipe needs four seeds for an interval, and as one of many a few more."""
    assert seeds == fewest_seeds([VariancePrior()], bonferroni(comparisons))


def test_with_a_prior_two_seeds_are_enough():
    """Beside a pool of recipes two seeds of each side have an interval, also as one of 21."""
    assert 2 == fewest_seeds([PRIOR, PRIOR]) == fewest_seeds([PRIOR, PRIOR], bonferroni(21))


def test_one_comparison_needs_no_correction():
    """Corrected for a single comparison, or for none, everything is as it was."""
    assert ALPHA == bonferroni(1) == bonferroni(0)


def test_the_plain_interval_is_the_textbook_s():
    """For who looks once, the interval is Welch's."""
    other = (0.60, 0.66, 0.61)

    expected = stats.ttest_ind(FOUR, other, equal_var=False).confidence_interval()
    assert tuple(expected) == pytest.approx(t_interval([known(*FOUR), known(*other)]))
    assert statistics.fmean(FOUR) - statistics.fmean(other) == pytest.approx(statistics.fmean(expected))
