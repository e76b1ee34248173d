"""The table of what tricks bring: words for everybody, intervals for those who see."""

import re
from dataclasses import replace

from tricks.charts.effects import Group, Row, draw_effects
from tricks.charts.intervals import Mark

ROW = Row(
    label="flip",
    about="Mirrors half of the images.",
    address="./tricks?trick=flip",
    note="",
    mark=Mark(verdict="better", points=2.0, alone=(1.0, 3.0), among=(0.0, 4.0)),
    figure="+2.0",
    interval="(+1.0 to +3.0)",
    details="5 seeds each",
    cells=("alone",),
    links=(("Train", "./?flip=true&x=1"),),
)


def draw(*rows: Row) -> str:
    """A table of one group with these rows."""
    group = Group(verdict="better", title="Helps", meaning="above zero", rows=rows)
    return draw_effects([group], ["how sure"], "What helps")


def test_everybody_can_read_it():
    """The table, its rows and cells have roles and names, figures are words, and drawings are hidden from readers."""
    page = draw(ROW)

    roles = set(re.findall(r"role='(\w+)'", page))
    assert {"table", "rowgroup", "row", "columnheader", "rowheader", "cell"} == roles
    assert "aria-label='What helps'" in page
    assert "title='Mirrors half of the images.'><a href='./tricks?trick=flip'>flip</a></th>" in page
    assert "<b>+2.0</b> (+1.0 to +3.0)<small>5 seeds each</small>" in page
    assert "aria-hidden='true'><span class='plot'>" in page
    assert "<a href='./?flip=true&amp;x=1' aria-label='Train: flip'>Train</a>" in page


def test_a_small_screen_leaves_out_what_is_the_same():
    """A factor of one has a class of its own, which is not shown where there is little room."""
    assert "class='cell number same' data-label='how sure'>×1.0<" in draw(replace(ROW, cells=("×1.0",)))
    assert "same" not in draw(replace(ROW, cells=("×1.1",))).split("<table")[1]


def test_words_are_never_markup():
    """Whatever a label says is shown as it is."""
    assert "<script" not in draw(replace(ROW, label="<script>", note="<script>", cells=("<script>",)))
