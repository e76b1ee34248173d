"""Where a recipe errs, as charts: tables in, Altair out, constant and without data as in `theme.py`."""

from functools import cache
from typing import Any

import altair as alt

from tricks.charts.theme import ACCENT, GREY, PERCENT, all_rows, only_rows, to_spec

WRONG = "#d1242f"  # What is wrong; no recipe has this red, and it stands out by day and by night.
CELL = "cell"  # The selection's name.
SHOWN = {
    "accuracy": "test accuracy on images of the class",
    "difference": "points ahead on images of the class",
    "probability": "probability",
}
STEP = 30  # The height of a row of the matrix, in pixels.


@cache
def confusion_spec() -> dict[str, Any]:
    """A row for each label, a column for what it is taken for; a click on a cell selects it.

    Rows: label, said, place, figure, images, share, color, strength (how opaque), edge (how thick).
    """
    order = alt.SortField("place")
    x = alt.X("said:N", title="is taken for", sort=None, axis=_names(labelAngle=-45, orient="top", labelOverlap=False))
    y = alt.Y("label:N", title="what it is", sort=order, axis=_names())
    tooltip = [
        alt.Tooltip("label:N", title="what it is"),
        alt.Tooltip("said:N", title="is taken for"),
        alt.Tooltip("share:Q", title="share of its images", format=".2%"),
        alt.Tooltip("images:Q", title="images, over all seeds", format=",.0f"),
    ]
    pick = alt.selection_point(name=CELL, fields=["label", "said"], on="click", clear="dblclick")
    cells = (
        all_rows()
        .mark_rect(stroke=ACCENT, cursor="pointer", cornerRadius=3)
        .encode(
            x=x,
            y=y,
            tooltip=tooltip,
            color=alt.Color("color:N", scale=None, legend=None),
            fillOpacity=alt.FillOpacity("strength:Q", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("edge:Q", scale=None, legend=None),
        )
        .add_params(pick)
    )
    figures = all_rows().mark_text(color=ACCENT, fontSize=11).encode(x=x, y=y, text="figure:N")
    return to_spec(alt.layer(cells, figures).properties(height=alt.Step(STEP)))


@cache
def class_spec(shown: str) -> dict[str, Any]:
    """A row for each class: a diamond on its interval, the single seeds as dots; of each recipe in its colour.

    Rows: label, place, row (of the recipe, from 0), kind (mean or seed), value, low, high, color, recipe. `shown` is
    accuracy, probability, with bars, or difference, which is in points, with a line at zero.
    """
    is_share = shown != "difference"
    scale = alt.Scale(domain=[0, 1]) if shown == "probability" else alt.Scale(zero=not is_share)
    ticks = alt.Axis(format=PERCENT if is_share else "+.1~f", tickCount=5)
    x = alt.X("value:Q", title=SHOWN[shown], scale=scale, axis=ticks)
    y = alt.Y("label:N", title=None, sort=alt.SortField("place"), axis=_names())
    lane = alt.YOffset("row:N", sort=None)
    own = {"y": y, "yOffset": lane, "color": alt.Color("color:N", scale=None, legend=None)}
    numbers = [
        alt.Tooltip(f"{name}:Q", title=words, format=".1%" if is_share else "+.1f")
        for name, words in {"value": "mean", "low": "from", "high": "to"}.items()
    ]
    tooltip = [alt.Tooltip("label:N", title="class"), alt.Tooltip("recipe:N"), *numbers]
    means = only_rows("kind", "mean")
    layers = [
        means.mark_rule(strokeWidth=7, opacity=0.4).encode(x=alt.X("low:Q"), x2="high:Q", **own),
        only_rows("kind", "seed").mark_circle(size=18, opacity=0.6).encode(x=x, **own),
        means.mark_point(shape="diamond", filled=True, size=80, opacity=1).encode(x=x, tooltip=tooltip, **own),
    ]
    if shown == "probability":
        layers.insert(0, means.mark_bar(opacity=0.25).encode(x=alt.X("value:Q", scale=scale, stack=None), **own))
    if not is_share:
        layers.insert(0, all_rows().mark_rule(color=GREY, strokeWidth=1).encode(x=alt.datum(0)))
    return to_spec(alt.layer(*layers).properties(height=alt.Step(STEP, **{"for": "position"})))


def _names(**look: Any) -> alt.Axis:
    return alt.Axis(ticks=False, domain=False, labelLimit=120, **look)
