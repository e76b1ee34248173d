"""What may stand in a file: each value is what it says, or it is refused."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from tricks.store.fields import (
    clean_text,
    read_count,
    read_flag,
    read_measured,
    read_measured_number,
    read_share,
    read_text,
    read_time,
)

REVERSED, LONE, ZERO_WIDTH = "\N{RIGHT-TO-LEFT OVERRIDE}", "\ud800", "\N{ZERO WIDTH SPACE}"


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "\0", REVERSED, LONE, ZERO_WIDTH, "a" * 201, None, 1, ["a"], b"a"])
def test_a_text_that_could_break_a_page_is_none(text):
    """A text is short and printable: no line breaks, no hidden characters, none that turns others or has no code."""
    with pytest.raises(ValueError):
        read_text(text, 200)


@pytest.mark.parametrize("text", ["", "AMD EPYC", "Procesador Ñandú™ 3 (R)", "<b>![x](http://y)</b>", "a" * 200])
def test_any_short_line_is_a_text(text):
    """Whatever stands in a line is a text, also where it looks like markup: pages show it as it is."""
    assert text == read_text(text, 200)


@pytest.mark.parametrize("text", ["a\nb", REVERSED + "x", LONE, "x" * 5000, "AMD EPYC"])
def test_what_is_written_can_be_read(text):
    """Whatever a device is called, its name as it is written can be read back."""
    assert clean_text(text, 200) == read_text(clean_text(text, 200), 200)


def later(**gap: float) -> str:
    """The time after this gap."""
    return (datetime.now(UTC) + timedelta(**gap)).isoformat(timespec="seconds")


@pytest.mark.parametrize("days", [2, 300, -5000])
def test_a_time_that_has_not_been_is_none(days):
    """A time far ahead, or before there were such networks, is refused."""
    with pytest.raises(ValueError):
        read_time(later(days=days))


@pytest.mark.parametrize(
    "time", ["", "now", "9999-12-31", "2026-02-30T00:00:00+00:00", "2026-01-02", "2026-01-02T03:04:05", 5, None]
)
def test_what_is_no_time_is_none(time):
    """A time is in ISO 8601, UTC, to the second."""
    with pytest.raises(ValueError):
        read_time(time)


@pytest.mark.parametrize("hours", [-1000, 0, 12])
def test_times_that_have_been(hours):
    """A time that was written, perhaps by a machine whose clock is half a day ahead, is one."""
    assert later(hours=hours) == read_time(later(hours=hours))


@pytest.mark.parametrize("read", [read_measured_number, read_count, read_share, read_measured])
@pytest.mark.parametrize("value", [-1, math.inf, -math.inf, math.nan, 10**400, True, "1", [1], 1e300])
def test_what_is_no_number_is_none(read, value):
    """Numbers are finite, not negative, and of a size that occurs."""
    with pytest.raises(ValueError):
        read(value)


def test_numbers():
    """What was measured is read; where it was lost it is not a number."""
    assert (0.5, 3, 1, 2.5) == (read_measured_number(0.5), read_count(3), read_share(1), read_measured(2.5))
    assert math.isnan(read_measured(None))


@pytest.mark.parametrize(("read", "value"), [(read_count, 1.0), (read_share, 1.01), (read_flag, 1), (read_flag, None)])
def test_kinds_are_kept_apart(read, value):
    """A count is whole, a share is at most one, and a yes is no number."""
    with pytest.raises(ValueError):
        read(value)
