"""What tricks bring, as a table in HTML: groups of rows, each with its intervals drawn on one axis for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tricks.charts.intervals import STYLE as INTERVAL_STYLE
from tricks.charts.intervals import VERDICT_COLORS, Mark, choose_reach, draw_axis, draw_interval

SAME = ("×1.0", "≈×1.0")  # What costs as much as before is left out where there is little room.
STYLE = """<style>
.effects {width:100%; border-collapse:collapse; font-size:.875rem; line-height:1.3;}
.effects :is(th, td) {padding:.3rem .5rem; text-align:left; vertical-align:middle; border:0; font-weight:400;}
.effects tr.row {border-top:1px solid color-mix(in srgb, currentColor 12%, transparent);}
.effects tr.head :is(th, td) {padding-top:1rem; vertical-align:bottom; font-size:.8rem;}
.effects tr.head b {font-size:1rem;}
.effects .label {width:23%;}
.effects .wide {width:32%; padding-inline:1.25rem;}
.effects .number {text-align:right; white-space:nowrap;}
.effects .figure {white-space:nowrap;}
.effects .figure small {white-space:normal; min-width:7rem;}
.effects [data-label="how sure"] {white-space:normal; min-width:6.5rem;}
.effects small {display:block; font-size:.8rem; opacity:.75;}
.effects a {color:inherit; text-decoration:underline;}
.effects .label a {text-decoration:underline dotted;}
.effects .links {white-space:nowrap;}
@media (min-width: 72rem) {.effects [data-label="how sure"] {white-space:nowrap;}}
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
  .effects [data-label="how sure"] {min-width:0;}
  .effects .cell::before {content:attr(data-label) ": "; opacity:.75;}
}
</style>"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A trick: `mark` is drawn on the axis, the rest is words.

    `about` says what it is, where one points, and `address` more; `links` has the words and the address of each.
    """

    label: str
    about: str
    address: str
    note: str
    mark: Mark
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
    reach = choose_reach([row.mark for group in groups for row in group.rows])
    bodies = "".join(draw_group(group, columns, reach) for group in groups)
    return f"{INTERVAL_STYLE}{STYLE}<table class='effects' role='table' aria-label='{escape(name)}'>{bodies}</table>"


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
        f"<td role='cell' class='cell number{' same' if cell in SAME else ''}' data-label='{escape(column)}'>"
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
        f"<a href='{escape(row.address)}'>{escape(row.label)}</a>{note}</th>"
        f"<td role='cell' class='wide' aria-hidden='true'>{draw_interval(row.mark, reach)}</td>"
        f"<td role='cell' class='figure'>{figure}</td>"
        f"{cells}<td role='cell' class='links'>{links}</td></tr>"
    )
