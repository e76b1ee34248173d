"""Comparisons, differences and counts in words."""

import math
from collections.abc import Sequence

from tricks.stats.comparison import LAST, SAME_POINTS, SETTLED, Comparison, holds_among_all

MEASURE_WORDS = {SETTLED: "settled", LAST: "after the last epoch"}


def format_comparison(comparison: Comparison) -> str:
    """The comparison in one sentence for people."""
    if comparison.difference is None:
        return "not clear yet: one of the two has no run yet"
    over = f"{MEASURE_WORDS[comparison.measure]}, {format_sides(comparison.seeds)}"
    points = f"{format_points(comparison.difference)} points"
    more = f", {format_seeds(comparison.seeds_needed)} needed" if comparison.seeds_needed else ""
    if comparison.low is None:
        why = "the sides scatter too differently for so few seeds"
        if comparison.lacks_seeds:
            why = f"an interval needs at least {format_count(comparison.fewest)} seeds of each"
        return f"{points}, {over}: not clear yet, {why}{more}"
    return f"{points} ({_format_ends(comparison)}), {over}: {comparison.verdict}{more}"


def format_certainty(single: Comparison, corrected: Comparison) -> str:
    """Whether a verdict also holds as one of all comparisons of its view; nothing where there is none."""
    if holds_among_all(single, corrected):
        return "clear among all"
    return "clear as a single question only" if single.is_clear else ""


def format_interval(comparison: Comparison) -> str:
    """The interval of a difference, or what is missing for one."""
    if comparison.difference is None:
        return "not measured yet"
    if comparison.low is None:
        return f"needs {format_count(comparison.fewest) if comparison.lacks_seeds else 'more'} seeds of each"
    return _format_ends(comparison)


def format_figures(comparison: Comparison) -> str:
    """The difference with its interval and how many seeds stand behind it."""
    if comparison.difference is None:
        return format_interval(comparison)
    points = f"{format_points(comparison.difference)} points"
    return f"{points} ({format_interval(comparison)}), {format_sides(comparison.seeds)}"


def format_sides(seeds: Sequence[int]) -> str:
    """How many seeds each side has, of two first the one that is compared with the other."""
    if len(set(seeds)) == 1:
        return f"{format_quantity(seeds[0], 'seed')} each"
    joint = "against" if len(seeds) == 2 else "and"
    return f"{', '.join(map(str, seeds[:-1]))} {joint} {format_quantity(seeds[-1], 'seed')}"


def format_count(count: int, none: str = "no") -> str:
    """A small number as a word; `none` is 0, which is another one where no noun follows."""
    words = (none, "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)


def format_quantity(count: int, noun: str) -> str:
    """So many of something, of one in the singular."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def begin_sentence(words: str) -> str:
    """The words with a capital letter at their beginning, the others as they are."""
    return f"{words[0].upper()}{words[1:]}"


def format_seeds(needed: int | None) -> str:
    """How many more seeds of each a verdict would probably take, many in tens; nothing if that is unknown or none."""
    if not needed:
        return ""
    rounded = needed if needed <= 20 else 10 * math.ceil(needed / 10)
    return f"about {format_quantity(rounded, 'more seed')} of each"


def format_points(difference: float, digits: int = 1) -> str:
    """A difference of accuracies in points, with its sign; a zero has none."""
    points = round(100 * difference, digits)
    return f"{points:+.{digits}f}" if points else f"{0:.{digits}f}"


def _format_ends(comparison: Comparison) -> str:
    """Both ends in points."""
    return f"{_format_end(comparison.low)} to {_format_end(comparison.high)}"


def _format_end(end: float) -> str:
    """An end in points, with two digits where one would hide on which side of a verdict's limit it lies."""
    rounded = round(100 * end, 1)
    is_hidden = abs(rounded) in (0, 100 * SAME_POINTS) and not math.isclose(100 * end, rounded, abs_tol=1e-6)
    return format_points(end, digits=2 if is_hidden else 1)
