"""A recipe's colour, the same on every page and every day; and its sign among others, which needs no colour."""

import bisect
import colorsys
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tricks.analysis.claims import list_settings
from tricks.charts.theme import GREY
from tricks.recipe.recipe import Recipe

# Okabe and Ito's colours, which most colour-blind people can tell apart, and a violet; then those of the controls.
PRESET_COLORS = (GREY, "#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#e69f00", "#7e57c2")
CONTROL_COLORS = ("#cc0569", "#766a2d", "#3355ff", "#7fa800", "#c010c0")
SETTING_COLORS = dict(zip((setting.key for setting in list_settings()), (*PRESET_COLORS, *CONTROL_COLORS), strict=True))
LUMINANCES = (0.14, 0.32)  # Between these a colour stands out from white and from black.
CLOSEST = 0.07  # In OKLab: what is nearer to a setting's colour would be taken for it.
APART = 0.12  # In OKLab: recipes that are nearer are confused in one chart.
SHADES = 200
MOST_TRIES = 60  # Colours of a recipe's own: among forty recipes there is no room for all.
SHAPES = {"circle": "●○", "square": "■□", "triangle-up": "▲△", "diamond": "◆◇", "triangle-down": "▼▽"}


@dataclass(frozen=True, kw_only=True)
class Sign:
    """How a recipe is marked: a colour, and a shape that is filled or not, which also tell it apart in grey."""

    color: str
    shape: str = "circle"
    filled: bool = True

    @property
    def glyph(self) -> str:
        """The shape as a character."""
        return SHAPES[self.shape][not self.filled]

    @property
    def columns(self) -> dict[str, str | float]:
        """The sign in the rows of a chart's table."""
        return {"color": self.color, "shape": self.shape, "filled": float(self.filled)}


@lru_cache(maxsize=500)
def choose_signs(recipes: tuple[Recipe, ...]) -> list[Sign]:
    """The signs of recipes that are shown together: ten shapes by turns, and colours that nobody confuses.

    Each has its own colour, unless one before it looks like that: then its next one.
    """
    turns = itertools.cycle(itertools.product((True, False), SHAPES))
    signs: list[Sign] = []
    for recipe, (filled, shape) in zip(recipes, turns, strict=False):
        taken = [sign.color for sign in signs]
        signs.append(Sign(color=_choose_color(recipe, taken), shape=shape, filled=filled))
    return signs


def _choose_color(recipe: Recipe, taken: Sequence[str]) -> str:
    """The first of the recipe's colours that is far from all that are taken, or else the farthest."""

    def measure_room(color: str) -> float:
        return min((measure_distance(color, other) for other in taken), default=1.0)

    own = color_of(recipe)
    if not recipe.values or recipe.key in SETTING_COLORS or measure_room(own) >= APART:
        return own
    tried = []
    for color in itertools.islice(mix_colors(recipe.key), MOST_TRIES):
        if measure_room(color) >= APART:
            return color
        tried.append(color)
    return max(tried, key=measure_room)


def color_of(recipe: Recipe) -> str:
    """The recipe's colour: a setting of the blog has its own, the baseline is grey, any other's is mixed."""
    if not recipe.values:
        return GREY
    return SETTING_COLORS.get(recipe.key) or mix_color(recipe.key)


@lru_cache(maxsize=10_000)
def mix_color(key: str) -> str:
    """A colour made from the key alone, unlike the settings' colours, that can be read by day and by night."""
    return next(mix_colors(key))


def mix_colors(key: str) -> Iterator[str]:
    """Such colours without end."""
    digest = hashlib.sha256(key.encode())
    while True:
        color = _mix(digest.digest())
        if all(measure_distance(color, other) >= CLOSEST for other in SETTING_COLORS.values()):
            yield color
        digest.update(b"another")


def measure_distance(color: str, other: str) -> float:
    """How unlike two colours look: 0 for the same, 1 for black and white."""
    return sum((one - two) ** 2 for one, two in zip(_to_oklab(color), _to_oklab(other), strict=True)) ** 0.5


def measure_luminance(red: float, green: float, blue: float) -> float:
    """The relative luminance of WCAG, from 0 for black to 1 for white; the shares are from 0 to 1."""
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def _mix(digest: bytes) -> str:
    """Any hue, more or less saturated, as light as the luminance wants it."""
    hue, saturation = int.from_bytes(digest[:2], "big") / 65536, 0.5 + digest[2] / 600
    low, high = LUMINANCES
    wanted = low + (high - low) * digest[3] / 255

    def shade(number: int) -> tuple[float, float, float]:
        return colorsys.hls_to_rgb(hue, number / SHADES, saturation)

    lighter = bisect.bisect_left(range(SHADES), wanted, key=lambda number: measure_luminance(*shade(number)))
    near = (shade(max(0, lighter - 1)), shade(min(SHADES - 1, lighter)))
    nearest = min(near, key=lambda each: abs(measure_luminance(*each) - wanted))
    return "#" + "".join(f"{round(255 * share):02x}" for share in nearest)


@lru_cache(maxsize=10_000)
def _to_oklab(color: str) -> tuple[float, float, float]:
    """Lightness, green to red, blue to yellow, as people see them (Björn Ottosson, 2020)."""
    red, green, blue = ((int(color[place : place + 2], 16) / 255) ** 2.2 for place in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )
