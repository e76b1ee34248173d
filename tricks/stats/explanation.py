"""The arithmetic of one comparison, step by step, in words that a student can check by hand."""

import math
import statistics
from dataclasses import dataclass

from tricks.stats.comparison import SAME_POINTS, compare, judge, subtract
from tricks.stats.interval import (
    Contrast,
    G,
    Sample,
    VariancePrior,
    bonferroni,
    contrast,
    e_value,
    half_width,
    summarize,
    t_interval,
)
from tricks.stats.wording import MEASURE_WORDS, format_comparison, format_count, format_points

MOST_TERMS = 12


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the arithmetic: what it is, and the numbers."""

    title: str
    words: str


def explain(samples: tuple[Sample, Sample], measure: str, comparisons: int = 1) -> list[Step]:
    """How a comparison comes to its verdict, corrected when it is one of several; as far as its seeds allow."""
    alpha = bonferroni(comparisons)
    comparison = compare(samples, alpha, measure)
    steps = []
    if comparison.difference is not None:
        steps += [Step(title="Means", words=format_means(samples, measure))]
    if comparison.least_seeds > 1:
        of = contrast([summarize(sample) for sample in samples])
        steps += [Step(title="Scatter", words=format_scatter(samples))]
        steps += explain_evidence(of, comparisons)
        steps += [Step(title="Interval", words=format_remaining(of, comparison.fewest, alpha))]
    steps += [Step(title="Verdict", words=f"{format_rule()} Here: {format_comparison(comparison)}.")]
    if comparison.least_seeds > 1:
        steps += [Step(title="What a plain 95% t-interval would have said", words=format_plain(samples))]
    return steps


def format_means(samples: tuple[Sample, Sample], measure: str) -> str:
    """The accuracies of both sides, and the difference of their means."""
    own, other = map(format_accuracies, samples)
    return (
        f"Accuracy, {MEASURE_WORDS[measure]}: {own}; the other: {other}. All seeds of both count; the difference of the"
        f" means is {format_exactly(subtract(samples))} percentage points."
    )


def format_accuracies(sample: Sample) -> str:
    """The accuracies, of very many only the first, and their mean."""
    values = ", ".join(f"{value:.2%}" for value in sample.values[:MOST_TERMS])
    more = f" and {len(sample.values) - MOST_TERMS} more" if len(sample.values) > MOST_TERMS else ""
    return f"{values}{more}, in the mean {statistics.fmean(sample.values):.2%}"


def format_scatter(samples: tuple[Sample, Sample]) -> str:
    """How far the seeds of each side scatter, by themselves and with what other recipes say."""
    return " ".join(
        f"{name} deviation is {format_moderated(sample)}."
        for name, sample in zip(("The first's", "The other's"), samples, strict=True)
    )


def format_moderated(sample: Sample) -> str:
    """The deviation of one side, and how its own and the pool's make it up."""
    own, prior, count = statistics.stdev(sample.values), sample.prior, len(sample.values)
    if not prior.degrees:
        return f"{100 * own:.2f} points, its own, with {count - 1} degrees of freedom"
    joined = summarize(sample)
    pooled = f"√(({prior.degrees:.1f} · {format_square(prior.variance)} + {count - 1} · {format_square(own**2)})"
    return (
        f"{100 * own:.2f} points by its own {count} seeds, and {format_deviation(prior)}: together {pooled} /"
        f" {joined.degrees:.1f}) = {100 * math.sqrt(joined.variance):.2f} points with {joined.degrees:.1f} degrees of"
        " freedom"
    )


def format_deviation(prior: VariancePrior) -> str:
    """What the pool says."""
    return f"{100 * math.sqrt(prior.variance):.2f} in other recipes, which counts like {prior.degrees:.1f} more seeds"


def format_square(variance: float) -> str:
    """A squared deviation, written as a square."""
    return f"{100 * math.sqrt(variance):.2f}²"


def explain_evidence(of: Contrast, comparisons: int) -> list[Step]:
    """t, and the evidence E."""
    t, threshold = of.mean / math.sqrt(of.variance), 1 / bonferroni(comparisons)
    among = f" (20 for a single comparison, times {comparisons} comparisons)" if comparisons > 1 else ""
    return [
        Step(
            title="t",
            words="The variance V of the difference is that of each side divided by its number of seeds, added up: its"
            f" root is {100 * math.sqrt(of.variance):.2f} points. The difference in units of it: t ="
            f" {format_exactly(of.mean)} / {100 * math.sqrt(of.variance):.2f} = {t:.2f}, with ν ="
            f" {of.degrees:.1f} degrees of freedom (Welch and Satterthwaite).",
        ),
        Step(
            title="Evidence",
            words=f"E = s^(−1/2) · ((1 + t²/ν) / (1 + t²/(νs)))^((ν+1)/2) with s = 1 + {G:g} · (sum of both"
            f" variances) / V = {of.spread:.1f}: E = {format_evidence(e_value(of))}. It is what a fair bet against “no"
            f" difference” would have paid for each coin staked; if there were none, it would ever reach"
            f" {threshold:,.0f} in at most 1 of {threshold:,.0f} cases, however often one looks. It has to reach"
            f" {threshold:,.0f}{among}.",
        ),
    ]


def format_evidence(evidence: float) -> str:
    """E in three digits."""
    if evidence >= 1e6:
        return "more than a million"
    return f"{evidence:,.0f}" if evidence >= 100 else f"{evidence:.3g}"


def format_remaining(of: Contrast, fewest: int, alpha: float) -> str:
    """All differences that the evidence does not exclude."""
    width = float(half_width(of, alpha))
    if math.isinf(width):
        return (
            f"With so few seeds no difference can be excluded: it takes {format_count(fewest)} of each, and more where"
            " the sides scatter differently."
        )
    return (
        f"The same sum for every other true difference instead of 0: those whose E stays below {1 / alpha:,.0f} remain"
        f" possible. They reach from {format_exactly(of.mean - width)} to {format_exactly(of.mean + width)} points: the"
        f" difference ± {100 * width:.2f}."
    )


def format_rule() -> str:
    """How an interval becomes a verdict."""
    near = f"{100 * SAME_POINTS:g}"
    return (
        "“Better” when the whole interval is above 0, “worse” when it is below, “about the same” when it lies within"
        f" {near} point of 0, “no gain of a point” when it lies below {near} point, else “not clear yet”."
    )


def format_plain(samples: tuple[Sample, Sample]) -> str:
    """The textbook's interval beside ours, and why it is not used."""
    low, high = t_interval(samples)
    return (
        f"{format_exactly(low)} to {format_exactly(high)} points: {judge(low, high)}. That is"
        " right for who decides beforehand how many seeds to train, and looks once. Looked at after every seed, it"
        " calls two equal recipes different in about 29 of 100 cases within 40 seeds; the interval above in at most 5."
    )


def format_exactly(difference: float) -> str:
    """A difference in points with the digits that a reader needs for doing the sums again."""
    return format_points(difference, digits=2)
