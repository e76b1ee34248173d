"""The charts of the blog's page: tables in, Altair out, constant and without data as in `theme.py`."""

from functools import cache
from typing import Any

import altair as alt

from tricks.charts.theme import ACCENT, GREY, all_rows, only_rows, to_spec

REPLAY_COLORS = {
    "the blog's run (thick), its other two (thin)": GREY,
    "our seeds, and their mean on its 95% interval": ACCENT,
}
DARK_GREY = "#6b7280"  # White figures on it have a contrast of 4.8.
ROW_HEIGHT = 34
LABEL_WIDTH = 190


@cache
def reported_spec() -> dict[str, Any]:
    """The blog's own bar chart: one bar a setting, in its order. Rows: label, place, reported."""
    y = alt.Y("label:N", title=None, sort=alt.SortField("place"), axis=alt.Axis(labelLimit=LABEL_WIDTH))
    x = alt.X("reported:Q", title="test accuracy, one run each", axis=alt.Axis(format=".0%", tickCount=5))
    bars = all_rows().mark_bar(color=DARK_GREY, height=14).encode(x=x, y=y)
    figures = (
        all_rows()
        .mark_text(align="right", dx=-5, color="white", fontWeight="bold")
        .encode(x=x, y=y, text=alt.Text("reported:Q", format=".1%"))
    )
    return to_spec(alt.layer(bars, figures).properties(height=alt.Step(26)))


@cache
def blog_replay_spec() -> dict[str, Any]:
    """The blog's runs beside ours: its figure as a tick, its other two runs as thin ticks, our seeds and interval.

    Rows: label (two lines, split at |), place, kind (mean, seed, reported or other), accuracy, low, high.
    """
    y = _row_axis()
    x = alt.X(
        "accuracy:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=".0%", tickCount=6)
    )
    tooltip = [alt.Tooltip("kind:N", title=" "), alt.Tooltip("accuracy:Q", format=".1%")]
    means = only_rows("kind", "mean")
    layers = [
        means.mark_rule(strokeWidth=9, opacity=0.4, color=ACCENT).encode(x=alt.X("low:Q"), x2="high:Q", y=y),
        only_rows("kind", "one of its other two runs")
        .mark_tick(thickness=2, size=14, color=GREY)
        .encode(x=x, y=y, tooltip=tooltip),
        only_rows("kind", "the blog").mark_tick(thickness=5, size=22, color=GREY).encode(x=x, y=y, tooltip=tooltip),
        only_rows("kind", "our seed")
        .mark_circle(size=30, opacity=0.65, color=ACCENT)
        .encode(x=x, y=y, tooltip=tooltip),
        means.mark_point(shape="diamond", filled=True, size=110, opacity=1, color=ACCENT).encode(
            x=x, y=y, tooltip=tooltip
        ),
    ]
    return to_spec(alt.layer(*layers).properties(height=alt.Step(ROW_HEIGHT)))


def _row_axis() -> alt.Y:
    # Two short lines leave the chart its room on a phone.
    axis = alt.Axis(labelExpr="split(datum.label, '|')", labelLimit=LABEL_WIDTH, labelOffset=-6, grid=True)
    return alt.Y("label:N", title=None, sort=alt.SortField("place"), axis=axis)
