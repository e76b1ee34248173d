"""The arithmetic of one comparison, step by step, and what to beware of: in words that a student can check by hand."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tricks.stats.comparison import (
    SAME_POINTS,
    G,
    compare,
    correct,
    e_value,
    fewest_pairs,
    format_count,
    format_points,
    half_width,
    judge,
    pair,
    t_interval,
)

LAST_EPOCHS = 3
MOST_TERMS = 12


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the arithmetic: what it is, and the numbers."""

    title: str
    words: str


def explain(values: Mapping[int, float], reference: Mapping[int, float], comparisons: int = 1) -> list[Step]:
    """How a comparison comes to its verdict, corrected when it is one of several; as far as its pairs allow."""
    alpha = correct(comparisons)
    by_seed = pair(values, reference)
    differences = list(by_seed.values())
    steps = [Step(title="Pairs", words=format_pairs(list(by_seed)))]
    if differences:
        steps += [Step(title="Differences", words=format_differences(by_seed, values, reference))]
        steps += [Step(title="Mean", words=format_mean(differences))]
    if len(differences) > 1:
        steps += explain_spread(differences, comparisons)
        steps += [Step(title="Interval", words=format_interval(differences, alpha))]
    comparison = compare(values, reference, alpha)
    steps += [Step(title="Verdict", words=f"{format_rule()} Here: {comparison.words}.")]
    if len(differences) > 1:
        steps += [Step(title="What a plain 95% t-interval would have said", words=format_plain(differences))]
    return steps


def format_pairs(seeds: Sequence[int]) -> str:
    """Which seeds are compared, and why by pairs."""
    if not seeds:
        return "No seed has been trained with both recipes yet, so nothing can be subtracted."
    named = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
    return (
        f"Both recipes were trained with {named}. A seed decides first weights and order of the images, so runs of the"
        " same seed are subtracted from each other: what the seed gives to both, be it much or little, cancels out."
    )


def format_differences(
    by_seed: Mapping[int, float], values: Mapping[int, float], reference: Mapping[int, float]
) -> str:
    """The subtraction for each seed; of very many only the first."""
    terms = [
        f"seed {seed}: {values[seed]:.2%} − {reference[seed]:.2%} = {format_exactly(difference)}"
        for seed, difference in list(by_seed.items())[:MOST_TERMS]
    ]
    more = f"; and {len(by_seed) - MOST_TERMS} more" if len(by_seed) > MOST_TERMS else ""
    return f"{'; '.join(terms)}{more}. All in percentage points."


def format_mean(differences: Sequence[float]) -> str:
    """The mean of the differences."""
    mean, count = format_exactly(statistics.fmean(differences)), len(differences)
    if count == 1:
        return f"With one pair the difference is {mean} points, and nobody can say how far chance moves it."
    return f"The sum of the differences, divided by their number {count}: {mean} points."


def explain_spread(differences: Sequence[float], comparisons: int) -> list[Step]:
    """Deviation, t, and the evidence E."""
    count, mean, deviation = len(differences), statistics.fmean(differences), statistics.stdev(differences)
    error = deviation / math.sqrt(count)
    t = mean / error if error else math.copysign(math.inf, mean) if mean else 0.0
    shown = f"{t:.2f}" if math.isfinite(t) else "without limit, since the pairs do not differ at all"
    evidence = e_value(count, t)
    threshold = 1 / correct(comparisons)
    among = f" (20 for a single comparison, times {comparisons} comparisons)" if comparisons > 1 else ""
    return [
        Step(
            title="Deviation",
            words=f"A typical pair lies {100 * deviation:.2f} points from that mean: divide the sum of"
            f" (difference − mean)² by {count} − 1, then take the square root.",
        ),
        Step(
            title="t",
            words=f"The mean in units of its own uncertainty: {format_exactly(mean)} / ({100 * deviation:.2f} /"
            f" √{count}) = {shown}.",
        ),
        Step(
            title="Evidence",
            words=f"E = (1 + {G:g}n)^(−1/2) · ((1 + u) / (1 + u / (1 + {G:g}n)))^(n/2) with n = {count} and"
            f" u = t² / (n − 1): E = {format_evidence(evidence)}. It is what a fair bet against “no difference”"
            f" would have paid for each coin staked; if there were none, it would ever reach {threshold:,.0f} in at"
            f" most 1 of {threshold:,.0f} cases, however often one looks. It has to reach {threshold:,.0f}{among}.",
        ),
    ]


def format_evidence(evidence: float) -> str:
    """E in three digits."""
    if evidence >= 1e6:
        return "more than a million"
    return f"{evidence:,.0f}" if evidence >= 100 else f"{evidence:.3g}"


def format_interval(differences: Sequence[float], alpha: float) -> str:
    """All differences that the evidence does not exclude."""
    mean, count = statistics.fmean(differences), len(differences)
    width = half_width(count, statistics.stdev(differences), alpha)
    if width is None:
        fewest = format_count(fewest_pairs(alpha))
        return f"With {format_count(count)} pairs no difference can be excluded: it takes {fewest} at least."
    return (
        f"The same sum for every other true difference instead of 0: those whose E stays below {1 / alpha:,.0f} remain"
        f" possible. They reach from {format_exactly(mean - width)} to {format_exactly(mean + width)} points: the mean"
        f" ± {100 * width:.2f}."
    )


def format_rule() -> str:
    """How an interval becomes a verdict."""
    near = f"{100 * SAME_POINTS:g}"
    return (
        "“Better” when the whole interval is above 0, “worse” when it is below, “about the same” when it lies within"
        f" {near} point of 0, else “not clear yet”."
    )


def format_plain(differences: Sequence[float]) -> str:
    """The textbook's interval beside ours, and why it is not used."""
    plain = t_interval(differences)
    return (
        f"{format_exactly(plain.low)} to {format_exactly(plain.high)} points: {judge(plain.low, plain.high)}. That is"
        " right for who decides beforehand how many seeds to train, and looks once. Looked at after every seed, it"
        " calls two equal recipes different in about 40 of 100 cases within 100 seeds; the interval above in at most 5."
    )


def format_exactly(difference: float) -> str:
    """A difference in points with the digits that a reader needs for doing the sums again."""
    return format_points(difference, digits=2)


def measure_jumps(courses: Sequence[Sequence[float]]) -> float | None:
    """How much accuracy changes from one epoch to the next, in the mean over the last epochs; None if unknown."""
    jumps = [
        abs(after - before)
        for course in courses
        for before, after in zip(course[-LAST_EPOCHS - 1 : -1], course[-LAST_EPOCHS:], strict=False)
        if len(course) > LAST_EPOCHS
    ]
    return statistics.fmean(jumps) if jumps else None


def list_warnings(recipes: int, jumps: float | None) -> list[str]:
    """What to beware of when several recipes are seen side by side."""
    warnings = []
    if recipes > 1:
        lucky = statistics.NormalDist().inv_cdf((recipes - 0.375) / (recipes + 0.25))  # Blom's expected maximum.
        warnings.append(
            f"The best of many looks better than it is. If all {recipes} recipes were equal, the best mean would still"
            f" lie about {lucky:.1f} standard errors above the truth, by luck alone: train the winner with new seeds"
            " before believing its number."
        )
    if jumps is not None:
        warnings.append(
            "The accuracy of the last epoch jumps from epoch to epoch: in these runs by"
            f" {100 * jumps:.1f} points in the mean over the last {format_count(LAST_EPOCHS)} changes. One epoch more"
            " or less would give another number, and a single run proves little."
        )
    warnings.append(
        "Choosing by test accuracy flatters: who picks the recipe that is best on these test images also picks the"
        " luck that it had with them. On new images it would do a little worse."
    )
    return warnings
