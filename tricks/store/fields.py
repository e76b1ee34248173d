"""What may stand in a file that comes from anywhere: each value is checked where it is read, else it is a ValueError.

Texts are short and printable, so that they neither dress a page nor break it: no line breaks, no characters that
reverse others, none that cannot be encoded. Numbers and times are such as occur.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

MOST_NAME = 200  # Characters of a device's or a package's name.
MOST_TEXT = 2000  # Of a sentence.
MOST_SECONDS = 1e9  # Thirty years.
MOST_NUMBER = 1e15
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", re.ASCII)
FIRST_YEAR = "2015"
CLOCKS_APART = timedelta(days=1)  # Between two machines, or one and the same that was set right.


def read_text(value: Any, most: int = MOST_TEXT) -> str:
    """A text of printable characters."""
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise ValueError("there is no such text in a run's file")
    return value


def clean_text(text: str, most: int = MOST_TEXT) -> str:
    """The text as `read_text` takes it: what is not printable is left out."""
    return "".join(one if one.isprintable() else " " for one in text[:most])


def read_time(value: Any) -> str:
    """A time in ISO 8601, UTC, to the second, that has been."""
    if not isinstance(value, str) or not TIME.fullmatch(value) or value < FIRST_YEAR:
        raise ValueError("there is no such time in a run's file")
    if datetime.fromisoformat(value) > datetime.now(UTC) + CLOCKS_APART:
        raise ValueError("the time is still to come")
    return value


def read_measured_number(value: Any, most: float = MOST_NUMBER) -> float:
    """A number that was measured: not negative, and not endless."""
    if type(value) not in (int, float) or not 0 <= value <= most:
        raise ValueError("there is no such number in a run's file")
    return value


def read_count(value: Any, most: float = MOST_NUMBER) -> int:
    """A whole number of things."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("there is no such count in a run's file")
    return value


def read_share(value: Any) -> float:
    """A part of a whole."""
    return read_measured_number(value, 1)


def read_measured(value: Any, most: float = MOST_NUMBER) -> float:
    """A number that may have been lost on the way, as after a divergence: then it is not a number."""
    return math.nan if value is None else read_measured_number(value, most)


def read_flag(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError("there is no yes or no")
    return value
