"""What tricks bring, as a table in HTML: groups of rows, each with its intervals drawn on one axis for all."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tricks.charts.theme import GREY

# Okabe and Ito's green, vermilion and blue, a dark yellow, which most colour-blind people can tell apart; and grey.
VERDICT_COLORS = {
    "better": "#009e73",
    "worse": "#d55e00",
    "about the same": "#3a8fd0",
    "no gain of a point": "#b8860b",
    "not clear yet": GREY,
}
FAR = 3  # Times as far as half of the rows: what reaches farther is cut off, or it would squeeze all others.
SAME = "×1.0"  # What costs as much as before is left out where there is little room.
STEPS = (0.5, 1, 2, 5, 10, 20, 50)  # In points, between two ticks.
MOST_TICKS = 8
Ends = tuple[float, float] | None

STYLE = """<style>
.effects {width:100%; border-collapse:collapse; font-size:.875rem; line-height:1.3;}
.effects :is(th, td) {padding:.3rem .5rem; text-align:left; vertical-align:middle; border:0; font-weight:400;}
.effects tr.row {border-top:1px solid color-mix(in srgb, currentColor 12%, transparent);}
.effects tr.head :is(th, td) {padding-top:1rem; vertical-align:bottom; font-size:.8rem;}
.effects tr.head b {font-size:1rem;}
.effects .label {width:23%;}
.effects .wide {width:32%;}
.effects .number {text-align:right; white-space:nowrap;}
.effects .figure {white-space:nowrap;}
.effects small {display:block; font-size:.8rem; opacity:.75;}
.effects a {color:inherit; text-decoration:underline;}
.effects .links {white-space:nowrap;}
.plot {position:relative; display:block; height:1.5rem; overflow:hidden;}
.plot i, .axis i {position:absolute; display:block; font-style:normal;}
.plot .zone {top:0; bottom:0; background:color-mix(in srgb, currentColor 9%, transparent);}
.plot .zero {top:0; bottom:0; width:1px; background:currentColor; opacity:.6;}
.plot .alone {top:.4rem; height:.7rem; opacity:.5; border-radius:2px;}
.plot .among {top:.7rem; height:2px;}
.plot .mean {top:.4rem; width:.7rem; height:.7rem; margin-left:-.35rem; transform:rotate(45deg) scale(.8);}
.plot .beyond {font-size:1.2rem; line-height:1.5rem;}
.axis {position:relative; display:block; height:1.1rem;}
.axis i {transform:translateX(-50%); opacity:.75; white-space:nowrap;}
.key {display:flex; flex-wrap:wrap; gap:.2rem 1.25rem; font-size:.8rem;}
.key > span {display:inline-flex; gap:.4rem; align-items:center;}
.key .plot {width:2rem; flex:none;}
@media (max-width: 48rem) {
  .effects, .effects tbody {display:block;}
  .effects tr {display:flex; flex-wrap:wrap; gap:0 .75rem; padding:.4rem 0;}
  .effects :is(th, td) {padding:0 !important;}
  .effects .label {flex:1 1 45%; width:auto;}
  .effects .figure {flex:0 1 48%; text-align:right; white-space:normal;}
  .effects .wide, .effects tr.head .label {flex:1 0 100%; width:auto;}
  .effects :is(tr.head :is(.figure, .cell, .links), .same) {display:none;}
  .effects .wide {order:1;}
  .effects .cell, .effects .links {order:2; font-size:.8rem;}
  .effects .cell::before {content:attr(data-label) " "; opacity:.75;}
}
</style>"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A trick: `points`, and where the truth lies `alone` and `among` all, in points; the rest is words.

    `about` says what it is, where one points; `links` has the words and the address of each.
    """

    label: str
    about: str
    note: str
    verdict: str
    points: float
    alone: Ends
    among: Ends
    figure: str
    interval: str
    details: str
    cells: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows of one verdict under a title that says what it means."""

    verdict: str
    title: str
    meaning: str
    rows: tuple[Row, ...]


def draw_effects(groups: Sequence[Group], columns: Sequence[str], name: str) -> str:
    """The table; `columns` are the titles of the rows' cells, `name` is what screen readers call it."""
    reach = choose_reach([row for group in groups for row in group.rows])
    bodies = "".join(draw_group(group, columns, reach) for group in groups)
    return f"{STYLE}<table class='effects' role='table' aria-label='{escape(name)}'>{bodies}</table>"


def draw_group(group: Group, columns: Sequence[str], reach: tuple[float, float]) -> str:
    """The title with the axis, then the rows."""
    color = VERDICT_COLORS[group.verdict]
    title = (
        f"<span style='color:{color}' aria-hidden='true'>◆</span> <b>{escape(group.title)} · {len(group.rows)}</b>"
        f"<small>{escape(group.meaning)}</small>"
    )
    heads = "".join(f"<th role='columnheader' class='cell number'>{escape(column)}</th>" for column in columns)
    head = (
        f"<tr role='row' class='head'><th role='columnheader' class='label'>{title}</th>"
        f"<th role='columnheader' class='wide'>{draw_axis(reach)}</th>"
        f"<th role='columnheader' class='figure'>points</th>{heads}<td role='cell' class='links'></td></tr>"
    )
    return f"<tbody role='rowgroup'>{head}{''.join(draw_row(row, columns, reach) for row in group.rows)}</tbody>"


def draw_row(row: Row, columns: Sequence[str], reach: tuple[float, float]) -> str:
    """One trick."""
    note = f"<small>{escape(row.note)}</small>" if row.note else ""
    cells = "".join(
        f"<td role='cell' class='cell number{' same' if cell == SAME else ''}' data-label='{escape(column)}'>"
        f"{escape(cell)}</td>"
        for column, cell in zip(columns, row.cells, strict=True)
    )
    figure = f"<b>{escape(row.figure)}</b> {escape(row.interval)}<small>{escape(row.details)}</small>"
    links = " · ".join(
        f"<a href='{escape(address)}' aria-label='{escape(f'{words}: {row.label}')}'>{escape(words)}</a>"
        for words, address in row.links
    )
    return (
        f"<tr role='row' class='row'><th role='rowheader' class='label' title='{escape(row.about)}'>"
        f"{escape(row.label)}{note}</th>"
        f"<td role='cell' class='wide' aria-hidden='true'>{draw_interval(row, reach)}</td>"
        f"<td role='cell' class='figure'>{figure}</td>"
        f"{cells}<td role='cell' class='links'>{links}</td></tr>"
    )


def draw_interval(row: Row, reach: tuple[float, float]) -> str:
    """The difference on its two intervals; an arrow where they go on beyond the axis."""
    color = VERDICT_COLORS[row.verdict]
    marks = [_span("zone", (-1, 1), reach, ""), f"<i class='zero' style='left:{_place(0, reach):.2f}%'></i>"]
    marks += [
        _span(kind, ends, reach, f"background:{color}")
        for kind, ends in (("alone", row.alone), ("among", row.among))
        if ends
    ]
    farthest = [row.points, *(row.alone or ()), *(row.among or ())]
    if reach[0] <= row.points <= reach[1]:
        marks.append(f"<i class='mean' style='left:{_place(row.points, reach):.2f}%; background:{color}'></i>")
    if min(farthest) < reach[0]:
        marks.append(f"<i class='beyond' style='left:0; color:{color}'>◀</i>")
    if max(farthest) > reach[1]:
        marks.append(f"<i class='beyond' style='right:0; color:{color}'>▶</i>")
    return f"<span class='plot'>{''.join(marks)}</span>"


def draw_axis(reach: tuple[float, float]) -> str:
    """The ticks with their points."""
    ticks = "".join(f"<i style='left:{_place(tick, reach):.2f}%'>{tick:+g}</i>" for tick in list_ticks(reach))
    return f"<span class='axis'>{ticks.replace('+0<', '0<')}</span>"


def draw_key(comparisons: int) -> str:
    """What the marks mean, each drawn beside its words."""

    def sample(mark: str, words: str) -> str:
        return f"<span role='listitem'><span class='plot' aria-hidden='true'>{mark}</span>{escape(words)}</span>"

    fill = f"background:{GREY}"
    items = [
        sample(f"<i class='mean' style='left:50%; {fill}'></i>", "difference of the means, in points"),
        sample(f"<i class='alone' style='left:10%; width:80%; {fill}'></i>", "where the truth lies, in 95% of cases"),
    ]
    if comparisons > 1:
        words = f"the same, sure for all {comparisons} together"
        items.append(sample(f"<i class='among' style='left:0; width:100%; {fill}'></i>", words))
    zone = "<i class='zone' style='left:10%; width:80%'></i><i class='zero' style='left:50%'></i>"
    items += [
        sample(zone, "within a point"),
        sample(f"<i class='beyond' style='left:40%; color:{GREY}'>▶</i>", "goes on beyond the axis"),
    ]
    return f"{STYLE}<div class='key' role='list' aria-label='Key'>{''.join(items)}</div>"


def choose_reach(rows: Iterable[Row]) -> tuple[float, float]:
    """Where the axis ends, in whole points, at least at one; a few rows that reach far beyond the others are cut."""
    ends = [(min(values), max(values)) for row in rows if (values := [row.points, *(row.among or row.alone or ())])]
    if not ends:
        return -1, 1
    most = FAR * statistics.median(max(-low, high) for low, high in ends)
    near = [each for each in ends if max(-each[0], each[1]) <= most]
    low, high = min(low for low, _ in near), max(high for _, high in near)
    return min(-1, math.floor(low)), max(1, math.ceil(high))


def list_ticks(reach: tuple[float, float]) -> list[float]:
    """Round numbers of points from end to end, zero among them."""
    step = next((step for step in STEPS if (reach[1] - reach[0]) / step <= MOST_TICKS), STEPS[-1])
    return [step * number for number in range(math.ceil(reach[0] / step), math.floor(reach[1] / step) + 1)]


def _place(points: float, reach: tuple[float, float]) -> float:
    low, high = reach
    return 100 * (min(max(points, low), high) - low) / (high - low)


def _span(kind: str, ends: tuple[float, float], reach: tuple[float, float], style: str) -> str:
    left, right = (_place(end, reach) for end in ends)
    return f"<i class='{kind}' style='left:{left:.2f}%; width:{right - left:.2f}%; {style}'></i>"
