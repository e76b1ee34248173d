"""Tables in, Altair out. A spec holds nothing that changes while a run is trained, so that the page only swaps data."""

import hashlib
from functools import cache
from typing import Any

import altair as alt

from tricks.presets import PRESETS
from tricks.recipe import Recipe

ACCENT = "#e8590c"
GREY = "#8b929c"
# Okabe and Ito's colours, which most colour-blind people can tell apart, then some for recipes beyond the presets.
PRESET_COLORS = (GREY, "#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#e69f00", "#7e57c2")
OTHER_COLORS = ("#1b9e77", "#a6761d", "#6a3d9a", "#b15928", "#e7298a", "#66a61e", "#0097a7", "#c62828", "#5d4037")


def color_of(recipe: Recipe) -> str:
    """The recipe's colour, the same on every page and every day; the baseline is grey."""
    for preset, color in zip(PRESETS.values(), PRESET_COLORS, strict=True):
        if preset.values == recipe.values and recipe.dataset == "cifar10":
            return color
    if not recipe.values:
        return GREY
    digest = hashlib.sha256(recipe.key.encode()).digest()
    return OTHER_COLORS[digest[0] % len(OTHER_COLORS)]


@cache
def loss_spec(steps: int) -> dict[str, Any]:
    """Training loss by step: raw faint, smoothed strong, the baseline grey behind. Rows: step, loss, series."""
    axes = {
        "x": alt.X("step:Q", title="optimiser step", scale=alt.Scale(domain=[0, steps], nice=False)),
        "y": alt.Y("loss:Q", title="training loss", scale=alt.Scale(zero=False)),
    }
    layers = [
        _only("series", "baseline").mark_line(color=GREY, strokeWidth=2).encode(**axes),
        _only("series", "every step").mark_line(color=ACCENT, opacity=0.25, strokeWidth=1).encode(**axes),
        _only("series", "smoothed").mark_line(color=ACCENT, strokeWidth=2.5).encode(**axes),
    ]
    return _spec(alt.layer(*layers).properties(height=280))


@cache
def accuracy_spec(epochs: int) -> dict[str, Any]:
    """Test accuracy by epoch: this run strong, its finished seeds faint, the baseline's range grey.

    Rows: epoch, accuracy, low, high, series, seed.
    """
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(domain=[0, epochs], nice=False), axis=alt.Axis(tickMinStep=1))
    y = alt.Y("accuracy:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=".0%"))
    tooltip = [alt.Tooltip("epoch:Q"), alt.Tooltip("accuracy:Q", format=".2%"), alt.Tooltip("seed:N")]
    layers = [
        _only("series", "baseline").mark_area(color=GREY, opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        _only("series", "baseline").mark_line(color=GREY, strokeWidth=2).encode(x=x, y=y),
        _only("series", "finished")
        .mark_line(color=ACCENT, opacity=0.35, strokeWidth=1)
        .encode(x=x, y=y, detail="seed:N"),
        _only("series", "this run")
        .mark_line(color=ACCENT, strokeWidth=2.5, point=alt.OverlayMarkDef(color=ACCENT, size=36))
        .encode(x=x, y=y, tooltip=tooltip),
    ]
    return _spec(alt.layer(*layers).properties(height=280))


def compare_curves_spec(colors: dict[str, str]) -> dict[str, Any]:
    """Mean test accuracy by epoch, one line a recipe, single seeds faint. Rows: epoch, accuracy, label, seed, kind."""
    color = _color_by_label(colors)
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1))
    y = alt.Y("accuracy:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=".0%"))
    tooltip = [alt.Tooltip("label:N"), alt.Tooltip("epoch:Q"), alt.Tooltip("accuracy:Q", format=".2%")]
    seeds = _only("kind", "seed").mark_line(opacity=0.25, strokeWidth=1).encode(x=x, y=y, color=color, detail="seed:N")
    means = (
        _only("kind", "mean")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=30))
        .encode(x=x, y=y, color=color, tooltip=tooltip)
    )
    return _spec(alt.layer(seeds, means).properties(height=360))


def compare_bars_spec(colors: dict[str, str]) -> dict[str, Any]:
    """Mean accuracy a recipe as a bar with its interval, single seeds as dots, the blog's figure as a tick.

    Rows: label, mean, low, high, reported, seed, accuracy, kind (mean or seed).
    """
    y = alt.Y("label:N", title=None, sort=list(colors), axis=alt.Axis(labelLimit=260))
    x = alt.X("mean:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=".1%", tickCount=8))
    color = _color_by_label(colors)
    means = _only("kind", "mean")
    tooltip = [alt.Tooltip("label:N"), *(alt.Tooltip(f"{name}:Q", format=".2%") for name in ("mean", "low", "high"))]
    layers = [
        means.mark_rule(strokeWidth=9, opacity=0.35).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=color),
        means.mark_point(shape="diamond", filled=True, size=110, opacity=1).encode(
            x=x, y=y, color=color, tooltip=tooltip
        ),
        _only("kind", "seed").mark_circle(size=28, opacity=0.6).encode(x=alt.X("accuracy:Q"), y=y, color=color),
        means.mark_tick(thickness=2, size=22, color=GREY).encode(x=alt.X("reported:Q"), y=y),
    ]
    return _spec(alt.layer(*layers).properties(height=alt.Step(36)))


def _color_by_label(colors: dict[str, str]) -> alt.Color:
    # The page draws the legend itself: Vega would take its room from the chart.
    return alt.Color("label:N", scale=alt.Scale(domain=list(colors), range=list(colors.values())), legend=None)


def _only(field: str, value: str) -> alt.Chart:
    return alt.Chart(alt.NamedData("rows")).transform_filter(f"datum.{field} == '{value}'")


def _spec(chart: alt.LayerChart) -> dict[str, Any]:
    """The chart as a dictionary without data, to be given to `st.vega_lite_chart` beside a table."""
    spec = chart.to_dict()
    for layer in (spec, *spec["layer"]):
        layer.pop("data", None)
    return spec
