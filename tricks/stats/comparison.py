"""Is the difference real? Means and differences over seeds, with intervals that hold however often one looks.

People press Train until they like what they see, and a plain 95% t-interval is wrong there. The interval here inverts
the t-test e-process with a normal prior on the effect size (variance `G`): whoever looks after every seed, for ever,
still finds the truth inside in 95% of all cases. See Grünwald et al., https://arxiv.org/abs/1906.07801, and Wang &
Ramdas, https://arxiv.org/abs/2310.03722. Where many recipes meet one reference, `correct` divides the 5% among them
(Bonferroni), which keeps that promise for all of them together.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
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
    """A recipe against a reference, paired by seed.

    `seeds_needed`: further pairs for a verdict; None if unknown. `alpha`: how often the interval may miss the truth.
    """

    difference: float | None
    low: float | None
    high: float | None
    pairs: int
    verdict: str
    seeds_needed: int | None
    alpha: float = ALPHA

    @property
    def is_clear(self) -> bool:
        """Whether there is a verdict."""
        return is_clear(self.low, self.high)

    @property
    def fewest(self) -> str:
        """How many pairs its interval needs at least, as a word."""
        return format_count(fewest_pairs(self.alpha))

    @property
    def words(self) -> str:
        """The comparison in one sentence for people."""
        if self.difference is None:
            return "not clear yet: no seed that both have trained"
        pairs = f"over {format_pair_count(self.pairs)}"
        points = f"{format_points(self.difference)} points"
        more = f", {format_seeds(self.seeds_needed)} needed" if self.seeds_needed else ""
        if self.low is None:
            return f"{points} {pairs}, not clear yet: an interval needs at least {self.fewest}{more}"
        return f"{points} ({format_points(self.low)} to {format_points(self.high)}) {pairs}: {self.verdict}{more}"


def format_count(count: int) -> str:
    """A small number as a word."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)


def format_pair_count(count: int) -> str:
    """How many pairs, in digits."""
    return f"{count} pair{'s' if count != 1 else ''}"


def format_seeds(needed: int | None) -> str:
    """How many more seeds a verdict would probably take, many in tens; nothing where that is unknown or none."""
    if not needed:
        return ""
    return f"about {needed if needed <= 20 else 10 * math.ceil(needed / 10)} more seed{'s' if needed > 1 else ''}"


def format_points(difference: float, digits: int = 1) -> str:
    """A difference of accuracies in points, with its sign; a zero has no minus."""
    return f"{round(100 * difference, digits) + 0:+.{digits}f}"


def correct(comparisons: int, alpha: float = ALPHA) -> float:
    """The alpha of each of several comparisons, so that all of them together err in at most `alpha` of all cases."""
    return alpha / max(1, comparisons)


def estimate(values: Sequence[float], alpha: float = ALPHA) -> Interval | None:
    """The mean of the values with its anytime-valid interval; None for no values."""
    if not values:
        return None
    mean = statistics.fmean(values)
    width = half_width(len(values), statistics.stdev(values), alpha) if len(values) > 1 else None
    if width is None:
        return Interval(count=len(values), mean=mean, low=None, high=None)
    return Interval(count=len(values), mean=mean, low=mean - width, high=mean + width)


def t_interval(values: Sequence[float], alpha: float = ALPHA) -> Interval | None:
    """The mean with the textbook's t-interval: right for who decides beforehand how many seeds, and looks once."""
    if not values:
        return None
    count, mean = len(values), statistics.fmean(values)
    if count < 2:
        return Interval(count=count, mean=mean, low=None, high=None)
    from scipy.special import stdtrit  # Here, since it takes half a second to import and few ask for it.

    width = float(stdtrit(count - 1, 1 - alpha / 2)) * statistics.stdev(values) / math.sqrt(count)
    return Interval(count=count, mean=mean, low=mean - width, high=mean + width)


def half_width(count: int, deviation: float, alpha: float = ALPHA) -> float | None:
    """Half the interval for `count` values of this sample deviation; None while nothing can be excluded.

    The e-process is E = (1 + nG)^(-1/2) * ((1 + u) / (1 + u / (1 + nG)))^(n/2) with u = t^2 / (n - 1); the interval
    holds all means with E < 1 / alpha, and below four values that is all of them.
    """
    spread = 1 + count * G
    ratio = (math.sqrt(spread) / alpha) ** (2 / count)
    if count < 2 or ratio >= spread:
        return None
    u = (ratio - 1) / (1 - ratio / spread)
    return math.sqrt(u * (count - 1)) * deviation / math.sqrt(count)


def fewest_pairs(alpha: float = ALPHA) -> int:
    """How many pairs an interval needs at least: with fewer, no evidence suffices."""
    return next(count for count in range(2, MOST_SEEDS) if half_width(count, 1.0, alpha) is not None)


def e_value(count: int, t: float) -> float:
    """E for `count` values with this t statistic: the evidence against a true mean of 0; 1 is none."""
    spread = 1 + count * G
    u = t * t / (count - 1)
    ratio = spread if math.isinf(u) else (1 + u) / (1 + u / spread)
    exponent = count / 2 * math.log(ratio) - math.log(spread) / 2
    return math.exp(exponent) if exponent < 700 else math.inf


def compare(values: Mapping[int, float], reference: Mapping[int, float], alpha: float = ALPHA) -> Comparison:
    """Accuracies by seed against a reference's, over the seeds that both have."""
    differences = list(pair(values, reference).values())
    interval = estimate(differences, alpha)
    if interval is None:
        nothing = {"difference": None, "low": None, "high": None, "pairs": 0, "seeds_needed": None}
        return Comparison(**nothing, verdict="not clear yet", alpha=alpha)
    verdict = judge(interval.low, interval.high)
    needed = 0 if is_clear(interval.low, interval.high) else predict_seeds(differences, alpha)
    return Comparison(
        difference=interval.mean,
        low=interval.low,
        high=interval.high,
        pairs=interval.count,
        verdict=verdict,
        seeds_needed=needed,
        alpha=alpha,
    )


def pair(values: Mapping[int, float], reference: Mapping[int, float]) -> dict[int, float]:
    """The differences by seed, for the seeds that both have."""
    return {seed: values[seed] - reference[seed] for seed in sorted(values.keys() & reference.keys())}


def judge(low: float | None, high: float | None) -> str:
    """The verdict that an interval of a difference allows."""
    if low is None or high is None:
        return "not clear yet"
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "about the same" if -SAME_POINTS < low and high < SAME_POINTS else "not clear yet"


def is_clear(low: float | None, high: float | None) -> bool:
    """Whether an interval allows a verdict."""
    return judge(low, high) != "not clear yet"


def predict_seeds(
    differences: Sequence[float], alpha: float = ALPHA, is_enough: Callable[[float, float], bool] = is_clear
) -> int | None:
    """How many further pairs until the interval is enough, if mean and deviation stay as they are; None if unknown."""
    if len(differences) < 2:
        return None
    mean, deviation = statistics.fmean(differences), statistics.stdev(differences)
    for count in range(len(differences) + 1, MOST_SEEDS + 1):
        width = half_width(count, deviation, alpha)
        if width is not None and is_enough(mean - width, mean + width):
            return count - len(differences)
    return None
