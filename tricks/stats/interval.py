"""Where a mean, or a difference of means, lies: intervals that hold however often one looks.

Variances are moderated (Smyth 2004, the standard of its field as limma): a recipe's own scatter over its seeds is
joined with what all recipes of the pool scatter, so that two seeds are worth an interval. The interval inverts the
anytime-valid t-test for linear models (Lindon, Ham, Tingley, Bojinov 2022, https://arxiv.org/abs/2210.08589), whose
prior on the effect size has the variance `G`. Numbers may be arrays, of which each element is a case of its own.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ALPHA = 0.05
G = 4.0
FEWEST_RECIPES = 6  # With fewer, nobody knows how much deviations differ between recipes.
MOST_DEGREES = 100.0
SIGNS = (1, -1, -1, 1)  # A recipe, its reference; and for an interaction the same without the first trick.


@dataclass(frozen=True, kw_only=True)
class VariancePrior:
    """How much other recipes scatter: worth `degrees` degrees of freedom with this variance; by default nothing.

    No variance counts for less than `floor`, which is that of rounding: a test set has so many images.
    """

    degrees: float = 0.0
    variance: float = 0.0
    floor: float = (1 / 10_000) ** 2 / 12


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The accuracies of one recipe over its seeds, and the prior of those that it is one of."""

    values: tuple[float, ...]
    prior: VariancePrior = VariancePrior()


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a difference: how many values, their mean, their moderated variance and its degrees of freedom."""

    count: Any
    mean: Any
    variance: Any
    degrees: Any


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A sum of means with signs: its variance and degrees of freedom, and how far the e-process spreads."""

    mean: Any
    variance: Any
    degrees: Any
    spread: Any


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean and, once there are enough values, where the truth lies (None: not known yet)."""

    count: int
    mean: float
    low: float | None
    high: float | None


def bonferroni(comparisons: int, alpha: float = ALPHA) -> float:
    """The alpha of each of several comparisons, so that all of them together err in at most `alpha` of all cases."""
    return alpha / max(1, comparisons)


def fit_prior(variances: Sequence[float], degrees: Sequence[float], floor: float) -> VariancePrior:
    """The prior of recipes with these sample variances, by Smyth's moments of their logarithms.

    Those at the floor stay out: two diverged seeds say nothing of the others.
    """
    variances, degrees = np.asarray(variances, dtype=float), np.asarray(degrees, dtype=float)
    variances, degrees = variances[variances > floor], degrees[variances > floor]
    if len(variances) < FEWEST_RECIPES:
        return VariancePrior(floor=floor)
    from scipy.special import digamma, polygamma  # Here, since it takes long to import and describing needs none.

    logs = np.log(variances) - digamma(degrees / 2) + np.log(degrees / 2)
    excess = logs.var(ddof=1) - polygamma(1, degrees / 2).mean()
    own = min(_invert_trigamma(excess), degrees.sum())
    variance = math.exp(logs.mean() + digamma(own / 2) - math.log(own / 2))
    return VariancePrior(degrees=float(own), variance=variance, floor=floor)


def pool_prior(pool: Sequence[Sequence[float]], floor: float) -> VariancePrior:
    """The prior of these recipes, each given by its values; those with a single value say nothing."""
    known = [values for values in pool if len(values) > 1]
    return fit_prior([statistics.variance(values) for values in known], [len(values) - 1 for values in known], floor)


def moderate(count: Any, mean: Any, variance: Any, prior: VariancePrior) -> Side:
    """The side that so many values of this mean and sample variance are, with what the prior knows."""
    own, degrees = np.maximum(variance, prior.floor), prior.degrees + count - 1
    moderated = (prior.degrees * prior.variance + (count - 1) * own) / degrees
    return Side(count=count, mean=mean, variance=moderated, degrees=degrees)


def summarize(sample: Sample, more: Any = 0) -> Side:
    """The side that a sample of at least two values is, or would be with so many `more` that scatter like them."""
    values = sample.values
    return moderate(len(values) + more, statistics.fmean(values), statistics.variance(values), sample.prior)


def contrast(sides: Sequence[Side]) -> Contrast:
    """One mean, the difference of two, or the difference of two differences; degrees of freedom by Satterthwaite."""
    parts = [side.variance / side.count for side in sides]
    variance = sum(parts)
    shares = sum(part**2 / side.degrees for part, side in zip(parts, sides, strict=True))
    return Contrast(
        mean=sum(sign * side.mean for sign, side in zip(SIGNS, sides, strict=False)),
        variance=variance,
        degrees=variance**2 / shares,
        spread=1 + G * sum(side.variance for side in sides) / variance,
    )


def half_width(of: Contrast, alpha: float = ALPHA) -> Any:
    """Half the interval, which holds all differences with E < 1 / alpha; infinite while nothing can be excluded."""
    ratio = np.power(np.sqrt(of.spread) / alpha, 2 / (of.degrees + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = (ratio - 1) / (1 - ratio / of.spread) * of.degrees * of.variance
        return np.where(ratio < of.spread, np.sqrt(np.abs(squared)), np.inf)


def e_value(of: Contrast) -> float:
    """E: the evidence against a true difference of 0; 1 is none."""
    u = of.mean**2 / of.variance / of.degrees
    exponent = (of.degrees + 1) / 2 * math.log((1 + u) / (1 + u / of.spread)) - math.log(of.spread) / 2
    return math.exp(exponent) if exponent < 700 else math.inf


def bound(samples: Sequence[Sample], alpha: float = ALPHA) -> tuple[float, float] | None:
    """Where the truth lies; None while nothing can be excluded: below two values a side in any case."""
    if any(len(sample.values) < 2 for sample in samples):
        return None
    of = contrast([summarize(sample) for sample in samples])
    width = float(half_width(of, alpha))
    return (of.mean - width, of.mean + width) if math.isfinite(width) else None


def estimate(sample: Sample, alpha: float = ALPHA) -> Interval | None:
    """The mean accuracy with its interval, which stays within 0 and 1; None for no values."""
    if not sample.values:
        return None
    low, high = bound([sample], alpha) or (None, None)
    mean = statistics.fmean(sample.values)
    if low is None:
        return Interval(count=len(sample.values), mean=mean, low=None, high=None)
    return Interval(count=len(sample.values), mean=mean, low=max(0.0, low), high=min(1.0, high))


def t_interval(samples: Sequence[Sample], alpha: float = ALPHA) -> tuple[float, float]:
    """The textbook's interval (Welch's), right for who decides beforehand how many seeds, and looks once."""
    from scipy.special import stdtrit

    of = contrast([summarize(Sample(values=sample.values)) for sample in samples])
    width = float(stdtrit(of.degrees, 1 - alpha / 2)) * math.sqrt(of.variance)
    return of.mean - width, of.mean + width


def fewest_seeds(priors: Sequence[VariancePrior], alpha: float = ALPHA) -> int:
    """How many seeds an interval needs at least of each side: with fewer, no evidence suffices."""
    count = 2
    while math.isinf(half_width(contrast([moderate(count, 0.0, 1.0, prior) for prior in map(_even, priors)]), alpha)):
        count += 1
    return count


def _even(prior: VariancePrior) -> VariancePrior:
    return VariancePrior(degrees=prior.degrees, variance=1.0)


def _invert_trigamma(excess: float) -> float:
    from scipy.special import polygamma

    if excess <= polygamma(1, MOST_DEGREES / 2):
        return MOST_DEGREES
    half, step = 0.5 + 1 / excess, math.inf
    while abs(step) > 1e-12 * half:  # Newton's way, as in Smyth's appendix: it comes from one side, and soon.
        curve = float(polygamma(1, half))
        step = curve * (1 - curve / excess) / float(polygamma(2, half))
        half += step
    return 2 * half
