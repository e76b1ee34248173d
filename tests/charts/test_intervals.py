"""Intervals on one axis, clipped where they go far, and a key that shows each mark."""

import pytest

from tricks.charts.intervals import VERDICT_COLORS, Mark, choose_reach, draw_axis, draw_interval, draw_key, list_ticks


def reach_of(*ends: tuple[float, float]) -> tuple[float, float]:
    """The axis of marks with these ends."""
    return choose_reach([Mark(verdict="better", points=sum(each) / 2, alone=each) for each in ends])


@pytest.mark.parametrize(
    ("ends", "reach"),
    [
        ([], (-1, 1)),
        ([(0.1, 0.3)], (-1, 1)),
        ([(-2.4, 4.1)], (-3, 5)),
        ([(-2, 2), (-1, 3), (-1, 2), (-12, -6)], (-2, 3)),
        ([(-1, 2), (-12, -6)], (-12, 2)),
        ([(-46, 54)], (-10, 10)),
        ([(20, 30)], (-1, 30)),
    ],
    ids=["none", "small", "one", "an outlier", "two", "few seeds", "large"],
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
    drawn = draw_interval(Mark(verdict="better", points=2.0, alone=(1.0, 3.0), among=(0.0, 4.0)), (-4, 4))

    assert "class='mean' style='left:75.00%" in drawn
    assert "class='alone' style='left:62.50%; width:25.00%" in drawn
    assert "class='among' style='left:50.00%; width:50.00%" in drawn
    assert ["-4<", ">0<", "+4<"] == [tick for tick in ("-4<", ">0<", "+4<") if tick in draw_axis((-4, 4))]


@pytest.mark.parametrize(
    ("mark", "arrows", "is_drawn"),
    [
        (Mark(verdict="worse", points=-9, alone=(-11, -7), among=(-13, -5)), "◀", False),
        (Mark(verdict="better", points=3, alone=(2, 4), among=(1, 5)), "▶", True),
        (Mark(verdict="not clear yet", points=0, alone=(-6, 6)), "◀▶", True),
        (Mark(verdict="better", points=3, alone=(2, 4)), "", True),
        (Mark(verdict="worse", points=-3.95, alone=(-5, -3)), "◀", False),
        (Mark(verdict="worse", points=-3.95, alone=(-4, -3.9)), "", True),
    ],
    ids=["beyond", "right", "both", "within", "below the arrow", "at the end"],
)
def test_what_goes_beyond_has_an_arrow(mark, arrows, is_drawn):
    """An interval that the axis cuts has an arrow at that end, and one that lies outside nothing but the arrow."""
    drawn = draw_interval(mark, (-4, 4))

    assert arrows == "".join(arrow for arrow in "◀▶" if arrow in drawn)
    assert is_drawn == ("class='mean'" in drawn)


def test_the_key_is_drawn():
    """The key shows every mark beside its words; with one comparison there is no second interval to explain."""
    many, one = draw_key(21), draw_key(1)

    assert all(f"class='{mark}'" in many for mark in ("mean", "alone", "among", "zone", "zero", "beyond"))
    assert "sure for all 21 together" in many
    assert "class='among'" not in one


def test_each_verdict_has_its_colour():
    """Five verdicts, five colours."""
    assert 5 == len(set(VERDICT_COLORS.values()))
