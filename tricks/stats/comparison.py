"""Is the difference real? One rule that turns an interval into a verdict, and how many more seeds it probably takes."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tricks.stats.interval import ALPHA, SIGNS, Sample, bound, contrast, fewest_seeds, half_width, summarize

SAME_POINTS = 0.01
MOST_SEEDS = 1000
SETTLED, LAST = "settled", "last"
MEASURES = (SETTLED, LAST)
BETTER, WORSE, SAME, NO_GAIN, UNCLEAR = (
    "better",
    "worse",
    "about the same",
    "no gain of a point",
    "not clear yet",
)
Judge = Callable[[float | None, float | None], str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A recipe against a reference, or two such differences against each other, over all seeds of all sides.

    `seeds`: how many each side has. `seeds_needed`: further ones a side for a verdict; None if unknown. `fewest`: how
    many an interval needs of each side at least. `alpha`: how often the interval may miss the truth.
    """

    difference: float | None
    low: float | None
    high: float | None
    seeds: tuple[int, ...]
    verdict: str
    seeds_needed: int | None
    fewest: int
    measure: str = SETTLED
    alpha: float = ALPHA

    @property
    def least_seeds(self) -> int:
        """How many seeds the side with the fewest has."""
        return min(self.seeds)

    @property
    def lacks_seeds(self) -> bool:
        """Whether a side has fewer seeds than any interval needs."""
        return self.least_seeds < self.fewest

    @property
    def is_clear(self) -> bool:
        """Whether there is a verdict."""
        return self.verdict != UNCLEAR


def judge(low: float | None, high: float | None) -> str:
    """The verdict that an interval of a difference allows: the one rule, for every page and command."""
    if low is None or high is None:
        return UNCLEAR
    if low > 0:
        return BETTER
    if high < 0:
        return WORSE
    if high < SAME_POINTS:
        return SAME if low > -SAME_POINTS else NO_GAIN
    return UNCLEAR


def holds_among_all(single: Comparison, corrected: Comparison) -> bool:
    """Whether a verdict also holds as one of all comparisons of its view, for which the corrected one allows."""
    return corrected.is_clear and corrected.verdict == single.verdict


def judge_interaction(low: float | None, high: float | None) -> str:
    """As `judge`, for a difference of differences, of which nobody asks whether it is a gain."""
    verdict = judge(low, high)
    return UNCLEAR if verdict == NO_GAIN else verdict


@lru_cache(maxsize=4096)  # A page asks the same again every few seconds.
def compare(
    samples: tuple[Sample, ...], alpha: float = ALPHA, measure: str = SETTLED, rule: Judge = judge
) -> Comparison:
    """The first sample against the second; with four, that difference against the one of the other two."""
    low, high = bound(samples, alpha) or (None, None)
    verdict = rule(low, high)
    return Comparison(
        difference=subtract(samples),
        low=low,
        high=high,
        seeds=tuple(len(sample.values) for sample in samples),
        verdict=verdict,
        seeds_needed=0 if verdict != UNCLEAR else predict_seeds(samples, alpha, lambda *ends: rule(*ends) != UNCLEAR),
        fewest=fewest_seeds([sample.prior for sample in samples], alpha),
        measure=measure,
        alpha=alpha,
    )


def subtract(samples: Sequence[Sample]) -> float | None:
    """The difference of the samples' means; None while one has no value."""
    if not all(sample.values for sample in samples):
        return None
    return sum(sign * statistics.fmean(sample.values) for sign, sample in zip(SIGNS, samples, strict=False))


def predict_seeds(samples: Sequence[Sample], alpha: float, is_enough: Callable[[float, float], bool]) -> int | None:
    """How many further seeds a side until the interval is enough, if all goes on as before; None if unknown."""
    if any(len(sample.values) < 2 for sample in samples):
        return None
    of = contrast([summarize(sample, more=np.arange(1, MOST_SEEDS + 1)) for sample in samples])
    widths = half_width(of, alpha)
    ends = zip(of.mean - widths, of.mean + widths, strict=True)
    return next((more for more, (low, high) in enumerate(ends, start=1) if is_enough(low, high)), None)
