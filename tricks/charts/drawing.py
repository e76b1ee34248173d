"""Small drawings in HTML: legends, and how far a run is."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType


def draw_legend(colors: dict[str, str], glyphs: Mapping[str, str] = MappingProxyType({})) -> str:
    """A legend that wraps: beside each label its glyph in its colour, by default a dot."""
    items = [
        f"<span role='listitem'><span style='color:{color}' aria-hidden='true'>{glyphs.get(label, '●')}</span>"
        f" {escape(label)}</span>"
        for label, color in colors.items()
    ]
    style = "display:flex; flex-wrap:wrap; gap:.1rem 1rem; font-size:.85rem"
    return f"<div role='list' aria-label='Legend' style='{style}'>{''.join(items)}</div>"


def draw_progress(share: float, words: str) -> str:
    """A bar that is filled by this share, from 0 to 1, below the words that say of what."""
    percent = round(100 * share)
    track = "height:.5rem; border-radius:.5rem; background:color-mix(in srgb, currentColor 15%, transparent)"
    bar = f"width:{percent}%; height:100%; border-radius:inherit; background:currentColor; opacity:.7"
    return (
        f"<div style='font-size:.875rem; margin-bottom:.35rem'>{escape(words)}</div>"
        f"<div role='progressbar' aria-label='{escape(words)}' aria-valuenow='{percent}' aria-valuemin='0'"
        f" aria-valuemax='100' style='{track}'><div style='{bar}'></div></div>"
    )
