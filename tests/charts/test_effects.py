"""The table of what tricks bring: intervals on one axis, clipped where they go far, words for everybody."""

import re
from dataclasses import replace

import pytest

from tricks.charts.effects import VERDICT_COLORS, Group, Row, choose_reach, draw_effects, draw_key, list_ticks

ROW = Row(
    label="flip",
    about="Mirrors half of the images.",
    note="",
    verdict="better",
    points=2.0,
    alone=(1.0, 3.0),
    among=(0.0, 4.0),
    figure="+2.0",
    interval="(+1.0 to +3.0)",
    details="5 seeds each",
    cells=("alone",),
    links=(("Train", "./?flip=true&x=1"),),
)


def reach_of(*ends: tuple[float, float]) -> tuple[float, float]:
    """The axis of rows with these ends."""
    return choose_reach([replace(ROW, points=sum(each) / 2, alone=each, among=None) for each in ends])


def draw(*rows: Row) -> str:
    """A table of one group with these rows."""
    group = Group(verdict="better", title="Helps", meaning="above zero", rows=rows)
    return draw_effects([group], ["how sure"], "What helps")


@pytest.mark.parametrize(
    ("ends", "reach"),
    [
        ([], (-1, 1)),
        ([(0.1, 0.3)], (-1, 1)),
        ([(-2.4, 4.1)], (-3, 5)),
        ([(-2, 2), (-1, 3), (-1, 2), (-12, -6)], (-2, 3)),
        ([(-1, 2), (-12, -6)], (-12, 2)),
    ],
    ids=["none", "small", "one", "an outlier", "two"],
)
def test_the_axis_is_readable(ends, reach):
    """The axis holds what most rows hold, in whole points; what goes far beyond does not stretch it."""
    assert reach == reach_of(*ends)


def test_the_axis_has_few_round_ticks():
    """Ticks are round, zero is one of them, and there are at most nine."""
    assert [-4, -2, 0, 2, 4] == list_ticks((-4, 5))
    assert [-1, -0.5, 0, 0.5, 1] == list_ticks((-1, 1))
    assert all(len(list_ticks((-low, 2 * low))) <= 9 and 0 in list_ticks((-low, 2 * low)) for low in range(1, 60))


def test_an_interval_lies_where_the_axis_says():
    """Marks stand at their points: on an axis from -4 to +4, two points are three quarters of the way."""
    page = draw(ROW, replace(ROW, points=-3.5, alone=None, among=(-4.0, -3.0)))

    assert "class='mean' style='left:75.00%" in page
    assert "class='alone' style='left:62.50%; width:25.00%" in page
    assert "class='among' style='left:50.00%; width:50.00%" in page
    assert "-4</i>" in page and "0</i>" in page and "+4</i>" in page


def test_what_goes_beyond_has_an_arrow():
    """An interval that the axis cuts has an arrow at that end, and one that lies outside nothing but the arrow."""
    usual = [replace(ROW, label=f"usual {number}") for number in range(4)]

    rows = draw(*usual, replace(ROW, label="far", points=-9.0, alone=(-11, -7), among=(-13, -5))).split("class='row'")

    assert "◀" in rows[-1] and "▶" not in rows[-1] and "class='mean'" not in rows[-1]
    assert all("◀" not in row and "▶" not in row and "class='mean'" in row for row in rows[1:-1])


def test_everybody_can_read_it():
    """The table, its rows and cells have roles and names, figures are words, and drawings are hidden from readers."""
    page = draw(ROW)

    roles = set(re.findall(r"role='(\w+)'", page))
    assert {"table", "rowgroup", "row", "columnheader", "rowheader", "cell"} == roles
    assert "aria-label='What helps'" in page
    assert "title='Mirrors half of the images.'>flip</th>" in page
    assert "<b>+2.0</b> (+1.0 to +3.0)<small>5 seeds each</small>" in page
    assert "aria-hidden='true'><span class='plot'>" in page
    assert "<a href='./?flip=true&amp;x=1' aria-label='Train: flip'>Train</a>" in page


def test_a_small_screen_leaves_out_what_is_the_same():
    """A factor of one has a class of its own, which is not shown where there is little room."""
    assert "class='cell number same' data-label='how sure'>×1.0<" in draw(replace(ROW, cells=("×1.0",)))
    assert "same" not in draw(replace(ROW, cells=("×1.1",))).split("</style>")[1]


def test_words_are_never_markup():
    """Whatever a label says is shown as it is."""
    assert "<script" not in draw(replace(ROW, label="<script>", note="<script>", cells=("<script>",)))


def test_the_key_is_drawn():
    """The key shows every mark beside its words; with one comparison there is no second interval to explain."""
    many, one = draw_key(21), draw_key(1)

    assert all(f"class='{mark}'" in many for mark in ("mean", "alone", "among", "zone", "zero", "beyond"))
    assert "sure for all 21 together" in many
    assert "class='among'" not in one


def test_each_verdict_has_its_colour():
    """Five verdicts, five colours."""
    assert 5 == len(set(VERDICT_COLORS.values()))
