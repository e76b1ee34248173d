"""Is the difference real? Means and differences over seeds, with intervals that hold however often one looks.

People press Train until they like what they see, and a plain 95% t-interval is wrong there. The interval here inverts
the t-test e-process with a normal prior on the effect size (variance `G`): whoever looks after every seed, for ever,
still finds the truth inside in 95% of all cases. See Grünwald et al., https://arxiv.org/abs/1906.07801, and Wang &
Ramdas, https://arxiv.org/abs/2310.03722.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALPHA = 0.05
G = 4.0
SAME_POINTS = 0.01
MOST_SEEDS = 1000


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean and, once there are enough values, where the truth lies (None: not known yet)."""

    count: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A recipe against a reference, paired by seed. `seeds_needed`: further pairs for a verdict; None if unknown."""

    difference: float | None
    low: float | None
    high: float | None
    pairs: int
    verdict: str
    seeds_needed: int | None

    @property
    def words(self) -> str:
        """The comparison in one sentence for people."""
        if self.difference is None:
            return "not clear yet: no seed that both have trained"
        pairs = f"over {self.pairs} pair{'s' if self.pairs > 1 else ''}"
        points = f"{100 * self.difference:+.1f} points"
        more = (
            f", about {self.seeds_needed} more seed{'s' if self.seeds_needed > 1 else ''} needed"
            if self.seeds_needed
            else ""
        )
        if self.low is None:
            return f"{points} {pairs}, not clear yet: an interval needs at least four{more}"
        return f"{points} ({100 * self.low:+.1f} to {100 * self.high:+.1f}) {pairs}: {self.verdict}{more}"


def estimate(values: Sequence[float]) -> Interval | None:
    """The mean of the values with its anytime-valid interval; None for no values."""
    if not values:
        return None
    mean = statistics.fmean(values)
    width = half_width(len(values), statistics.stdev(values)) if len(values) > 1 else None
    if width is None:
        return Interval(count=len(values), mean=mean, low=None, high=None)
    return Interval(count=len(values), mean=mean, low=mean - width, high=mean + width)


def half_width(count: int, deviation: float) -> float | None:
    """Half the interval for `count` values of this sample deviation; None while nothing can be excluded.

    The e-process is E = (1 + nG)^(-1/2) * ((1 + u) / (1 + u / (1 + nG)))^(n/2) with u = t^2 / (n - 1); the interval
    holds all means with E < 1 / ALPHA, and below four values that is all of them.
    """
    spread = 1 + count * G
    ratio = (math.sqrt(spread) / ALPHA) ** (2 / count)
    if count < 2 or ratio >= spread:
        return None
    u = (ratio - 1) / (1 - ratio / spread)
    return math.sqrt(u * (count - 1)) * deviation / math.sqrt(count)


def compare(values: Mapping[int, float], reference: Mapping[int, float]) -> Comparison:
    """Accuracies by seed against a reference's, over the seeds that both have."""
    seeds = sorted(values.keys() & reference.keys())
    differences = [values[seed] - reference[seed] for seed in seeds]
    interval = estimate(differences)
    if interval is None:
        return Comparison(difference=None, low=None, high=None, pairs=0, verdict="not clear yet", seeds_needed=None)
    verdict = judge(interval.low, interval.high)
    needed = 0 if verdict != "not clear yet" else predict_seeds(differences)
    return Comparison(
        difference=interval.mean,
        low=interval.low,
        high=interval.high,
        pairs=interval.count,
        verdict=verdict,
        seeds_needed=needed,
    )


def judge(low: float | None, high: float | None) -> str:
    """The verdict that an interval of a difference allows."""
    if low is None or high is None:
        return "not clear yet"
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "about the same" if -SAME_POINTS < low and high < SAME_POINTS else "not clear yet"


def predict_seeds(differences: Sequence[float]) -> int | None:
    """How many further pairs a verdict would need if mean and deviation stayed as they are; None if unknown."""
    if len(differences) < 2:
        return None
    mean, deviation = statistics.fmean(differences), statistics.stdev(differences)
    for count in range(len(differences) + 1, MOST_SEEDS + 1):
        width = half_width(count, deviation)
        if width is not None and judge(mean - width, mean + width) != "not clear yet":
            return count - len(differences)
    return None
