"""Differences on their intervals, drawn in HTML on one axis: marks, ticks, and a key that shows each mark."""

import math
import statistics
from collections.abc import Iterable
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
WIDE = 10  # Points, which no interval makes wider that is wide for want of seeds.
STEPS = (0.5, 1, 2, 5, 10, 20, 50)  # In points, between two ticks.
MOST_TICKS = 8
ARROW = 0.03  # Of the axis, which an arrow takes at its end.
Ends = tuple[float, float] | None

STYLE = """<style>
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
</style>"""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A difference, and where the truth lies `alone` and `among` all, in points; its colour is that of the verdict."""

    verdict: str
    points: float
    alone: Ends = None
    among: Ends = None

    @property
    def ends(self) -> list[float]:
        """All its numbers."""
        return [self.points, *(self.alone or ()), *(self.among or ())]


def draw_interval(mark: Mark, reach: tuple[float, float]) -> str:
    """The difference on its two intervals; an arrow where they go on beyond the axis, in the place of what is there."""
    color = VERDICT_COLORS[mark.verdict]
    marks = [_span("zone", (-1, 1), reach, ""), f"<i class='zero' style='left:{_place(0, reach):.2f}%'></i>"]
    marks += [
        _span(kind, ends, reach, f"background:{color}")
        for kind, ends in (("alone", mark.alone), ("among", mark.among))
        if ends
    ]
    is_left, is_right = min(mark.ends) < reach[0], max(mark.ends) > reach[1]
    arrow = ARROW * (reach[1] - reach[0])
    if reach[0] + arrow * is_left <= mark.points <= reach[1] - arrow * is_right:
        marks.append(f"<i class='mean' style='left:{_place(mark.points, reach):.2f}%; background:{color}'></i>")
    if is_left:
        marks.append(f"<i class='beyond' style='left:0; color:{color}'>◀</i>")
    if is_right:
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


def choose_reach(marks: Iterable[Mark]) -> tuple[float, float]:
    """Where the axis ends, in whole points, at least at one; a few marks that reach far beyond the others are cut."""
    marks = list(marks)
    if not marks:
        return -1, 1
    far = FAR * statistics.median(max(map(abs, mark.ends)) for mark in marks)
    near = [mark for mark in marks if max(map(abs, mark.ends)) <= far]
    most = max(WIDE, 2 * max(abs(mark.points) for mark in near))
    low, high = min(min(mark.ends) for mark in near), max(max(mark.ends) for mark in near)
    return max(-math.ceil(most), min(-1, math.floor(low))), min(math.ceil(most), max(1, math.ceil(high)))


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
