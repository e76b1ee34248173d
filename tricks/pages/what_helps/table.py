"""The answers as rows: what the table of What helps? says of each trick."""

from collections.abc import Callable, Sequence

from tricks.analysis.answer import GROUPS, GroupedEffects, Measured
from tricks.analysis.compare import format_diverged
from tricks.analysis.costs import list_factors
from tricks.analysis.interactions import PairEffect
from tricks.charts.effects import Group, Row
from tricks.charts.intervals import Ends, Mark
from tricks.pages.shared.links import link_to, link_to_compare, link_to_trick
from tricks.pages.what_helps.question import Asked
from tricks.stats.comparison import BETTER, SAME, WORSE, Comparison, holds_among_all
from tricks.stats.wording import (
    MEASURE_WORDS,
    format_interval,
    format_points,
    format_seeds,
    format_sides,
)

COLUMNS = ("how sure", "parameters", "arithmetic", "seconds")
PAIR_COLUMNS = ("how sure", "without the first", "together")


def list_groups(answer: GroupedEffects, asked: Asked, cells: Callable[[Measured], Sequence[str]]) -> list[Group]:
    """The measured tricks in their groups; `cells` gives a row's columns after how sure it is."""
    groups = []
    for verdict, group in answer.groups.items():
        title, meaning = GROUPS[verdict]
        rows = tuple(
            make_row(one, asked, (format_sure(one, answer.comparisons), *cells(one)), answer.comparisons)
            for one in group
        )
        groups.append(Group(verdict=verdict, title=title, meaning=meaning, rows=rows))
    return groups


def make_row(one: Measured, asked: Asked, cells: Sequence[str], comparisons: int) -> Row:
    """A trick; its accuracy is named where it is not the one that the visitor asks for."""
    change, single, corrected = one.effect.change, one.effect.single, one.effect.corrected
    details = [
        format_sides(single.seeds),
        *([MEASURE_WORDS[single.measure]] if single.measure != asked.measure else []),
    ]
    also = f"also changes: {', '.join(one.also)}" if one.also else ""
    sides = (change.recipe, change.reference)
    return Row(
        label=change.label,
        about=change.trick.why,
        address=link_to_trick(change.trick.name),
        note="; ".join(filter(None, (also, format_diverged(one.effect.diverged)))),
        mark=Mark(
            verdict=single.verdict,
            points=100 * single.difference,
            alone=in_points(single),
            among=in_points(corrected) if comparisons > 1 else None,
        ),
        figure=format_points(single.difference),
        interval="" if single.low is None else f"({format_interval(single)})",
        details=", ".join(details),
        cells=tuple(cells),
        links=(
            ("Train", link_to(change.recipe)),
            ("Compare", link_to_compare(sides, change.reference, asked.measure, asked.imported)),
        ),
    )


def format_sure(one: Measured, comparisons: int) -> str:
    """How sure a verdict is, or what one would take."""
    single = one.effect.single
    if not single.is_clear:
        needed = format_seeds(single.seeds_needed)
        return format_interval(single) if single.low is None else f"needs {needed}" if needed else "nobody knows"
    if comparisons < 2:
        return "clear"
    return f"clear among all {comparisons}" if holds_among_all(single, one.effect.corrected) else "clear alone"


def list_costs(one: Measured) -> list[str]:
    """Parameters, arithmetic and seconds as factors."""
    return list(list_factors(one.costs).values())


def list_pair_cells(effect: PairEffect) -> list[str]:
    """What the second trick brings without the first, and what becomes of that with it."""
    interaction = effect.interaction
    together = {BETTER: "more than the sum", WORSE: "less than the sum", SAME: "the sum"}
    words = together.get(interaction.verdict, interaction.verdict)
    alone = effect.alone.single.difference
    if interaction.difference is None:
        return ["–" if alone is None else format_points(alone), "–"]
    return [format_points(alone), f"{words} ({format_points(interaction.difference)})"]


def in_points(comparison: Comparison) -> Ends:
    """The interval in points, where there is one."""
    return None if comparison.low is None else (100 * comparison.low, 100 * comparison.high)
