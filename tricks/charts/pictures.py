"""Pictures of tricks, from arrays: images before and after in HTML, and curves as charts without data."""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tricks.charts.gallery import arrange, color_filters, encode_address
from tricks.charts.theme import ACCENT, GREY, only_rows, to_spec

STYLE = """<style>
.pairs {display:grid; grid-template-columns:repeat(8, minmax(0, 1fr)); gap:.6rem .5rem; font-size:.8rem;
  line-height:1.3; max-width:46rem;}
@media (max-width:640px) {.pairs {grid-template-columns:repeat(4, minmax(0, 1fr));}}
.pairs figure {margin:0; padding:0;}
.pairs img {width:100%; max-width:96px; image-rendering:pixelated; border-radius:.25rem; display:block;
  margin-bottom:.2rem;}
.pairs figcaption {overflow-wrap:anywhere;}
.sheet {image-rendering:pixelated; width:100%; max-width:24rem; display:block;}
.kernels {display:grid; grid-template-columns:repeat(auto-fit, minmax(14rem, 1fr)); gap:1rem; max-width:40rem;
  font-size:.8rem;}
</style>"""
FADED = 40  # How opaque an image is that is left out, of 255.
# What lies along both axes of each kind of curve.
AXES = {
    "rates": ("optimiser step", "learning rate"),
    "activation": ("input", "output; dotted its slope"),
    "loss": ("output for the right class, all others 0", "loss of an image"),
    "clipping": ("length of the gradient", "length that is stepped along"),
    "nearby": ("a weight", "loss"),
    "path": ("one weight", "another weight"),
}
CONTOURS = (0.15, 0.4, 0.7, 1.0)  # Of a valley, as shares of the way from its floor to where the walk begins.


def draw_pairs(before: np.ndarray, after: np.ndarray, words: Sequence[str], name: str) -> str:
    """Images, [images, 32, 32, 3] bytes each, one above what becomes of it, with words below; `name` says of what."""
    items = []
    for first, second, word in zip(before, after, words, strict=True):
        shown = [first] if np.array_equal(before, after) else [first, second]
        texts = [word] if len(shown) == 1 else ["before", f"after: {word}"]
        images = "".join(
            f"<img src='{encode_address(pixels)}' alt='{escape(text, quote=True)}'>"
            for pixels, text in zip(shown, texts, strict=True)
        )
        items.append(f"<div role='listitem'><figure>{images}<figcaption>{escape(word)}</figcaption></figure></div>")
    return f"{STYLE}<div class='pairs' role='list' aria-label='{escape(name, quote=True)}'>{''.join(items)}</div>"


def lay_out_sheet(images: np.ndarray, kept: np.ndarray, name: str) -> str:
    """Images, [images, 32, 32, 3] bytes, in rows, those that are not kept faded."""
    sheet = arrange(images, columns=10, opacity=np.where(kept, 255, FADED))
    return f"{STYLE}<img class='sheet' src='{encode_address(sheet)}' alt='{escape(name, quote=True)}'>"


def draw_both_filters(before: np.ndarray, after: np.ndarray, names: Sequence[str]) -> str:
    """Filters without a trick and with it, each as bright as its largest weights allow."""
    sides = [
        f"<div>{escape(name)}{color_filters(filters, float(np.abs(filters).max()) or 1.0, f'Filters: {name}')}</div>"
        for filters, name in zip((before, after), names, strict=True)
    ]
    return f"{STYLE}<div class='kernels'>{''.join(sides)}</div>"


def tabulate_curves(kind: str, arrays: dict[str, np.ndarray]) -> pd.DataFrame:
    """The rows of a curve's chart: x, y, series (on, off, slope or contour), and part and place, which order a line."""
    if kind == "path":
        rows = [*tabulate_contours(arrays), *(tabulate_path(arrays[side], side) for side in ("off", "on"))]
        return pd.concat(rows, ignore_index=True)
    parts = []
    for side in ("off", "on"):
        x = arrays.get(f"{side}_x", arrays.get("x"))
        parts.append(to_rows(x, arrays[side], side, side))
        if f"{side}_slope" in arrays:
            parts.append(to_rows(x, arrays[f"{side}_slope"], f"{side} slope", side))
    return pd.concat(parts, ignore_index=True)


def tabulate_path(places: np.ndarray, side: str) -> pd.DataFrame:
    """A walk, [steps, 2], up to where it leaves the picture."""
    reach = 3 * np.abs(places[0])
    inside = (np.abs(places) <= reach).all(1)
    places = places[: len(places) if inside.all() else int(inside.argmin())]
    return to_rows(places[:, 0], places[:, 1], side, side)


def tabulate_contours(arrays: dict[str, np.ndarray]) -> list[pd.DataFrame]:
    """Lines of equal loss around the valley's floor, which is at 0; the outermost goes through the walk's beginning."""
    curvature, start = arrays["curvature"], arrays["on"][0]
    angles = np.linspace(0, 2 * np.pi, 73)
    radius = np.sqrt((curvature * start**2).sum() / curvature)
    return [
        to_rows(share * radius[0] * np.cos(angles), share * radius[1] * np.sin(angles), "contour", f"contour {share}")
        for share in CONTOURS
    ]


def to_rows(x: np.ndarray, y: np.ndarray, series: str, part: str) -> pd.DataFrame:
    """The rows of one line."""
    places = np.arange(len(x))
    return pd.DataFrame({"x": x, "y": y, "series": series, "part": part, "place": places}).astype({"x": float})


@cache
def curve_spec(kind: str) -> dict[str, Any]:
    """With the trick strong, without it grey; slopes dotted, contours thin. Rows: x, y, series, part, place."""
    titles = AXES[kind]
    free = alt.Scale(zero=False, nice=False)
    x = alt.X("x:Q", title=titles[0], scale=free, axis=alt.Axis(tickCount=5, format="~s" if kind == "rates" else "~g"))
    y = alt.Y("y:Q", title=titles[1], scale=free, axis=alt.Axis(tickCount=5))
    line = {"x": x, "y": y, "order": "place:Q", "detail": "part:N"}
    numbers = [alt.Tooltip("x:Q", title=titles[0], format=".4~g"), alt.Tooltip("y:Q", title=titles[1], format=".4~g")]
    layers = [
        only_rows("series", "contour").mark_line(color=GREY, strokeWidth=1, opacity=0.5).encode(**line),
        only_rows("series", "off slope").mark_line(color=GREY, strokeWidth=1.5, strokeDash=[2, 3]).encode(**line),
        only_rows("series", "off").mark_line(color=GREY, strokeWidth=2).encode(**line, tooltip=numbers),
        only_rows("series", "on slope").mark_line(color=ACCENT, strokeWidth=1.5, strokeDash=[2, 3]).encode(**line),
        only_rows("series", "on").mark_line(color=ACCENT, strokeWidth=2.5).encode(**line, tooltip=numbers),
    ]
    return to_spec(alt.layer(*layers).properties(height=240))
