"""Tables in, Altair out. A spec holds nothing that changes while a run is trained, so that the page only swaps data."""

from functools import cache
from typing import Any

import altair as alt

ACCENT = "currentColor"  # The run that one looks at, dark by day and light by night: colours are for what is compared.
DOTTED = [2, 3]
HEIGHT = 260  # Of the charts of a run, in pixels: on a small screen they show themselves below their button.
LECTURE_HEIGHT = 340
GREY = "#8b929c"
PERCENT = ".1~%"  # As many digits as tell two ticks apart.
AXES = {"epoch": "epoch", "step": "optimiser step", "seconds": "seconds"}
# Text as dark as the page's own, by day and by night; no groups for screen readers, which read the chart's name.
CONFIG = {
    "mark": {"aria": False},
    "axis": {"labelColor": "currentColor", "titleColor": "currentColor"},
}
COSTS = {"parameters": "parameters", "seconds": "seconds of a training"}


@cache
def loss_spec(steps: int) -> dict[str, Any]:
    """Training loss by step: raw faint, smoothed strong, the baseline grey behind. Rows: step, loss, series."""
    axes = {
        "x": alt.X("step:Q", title="optimiser step", scale=alt.Scale(domain=[0, steps], nice=False)),
        "y": alt.Y("loss:Q", title="training loss", scale=alt.Scale(zero=False)),
    }
    layers = [
        only_rows("series", "baseline").mark_line(color=GREY, strokeWidth=2).encode(**axes),
        only_rows("series", "every step").mark_line(color=ACCENT, opacity=0.25, strokeWidth=1).encode(**axes),
        only_rows("series", "smoothed").mark_line(color=ACCENT, strokeWidth=2.5).encode(**axes),
        only_rows("series", "on test images")
        .mark_line(color=ACCENT, strokeWidth=1.5, strokeDash=DOTTED, point=_dots(28))
        .encode(
            tooltip=[alt.Tooltip("step:Q", format=",.0f"), alt.Tooltip("loss:Q", title="test loss", format=".3f")],
            **axes,
        ),
    ]
    return to_spec(alt.layer(*layers).properties(height=HEIGHT))


@cache
def accuracy_spec(epochs: int) -> dict[str, Any]:
    """Test accuracy by epoch: this run strong, its finished seeds faint, the baseline's range grey.

    Rows: epoch, accuracy, low, high, series, seed.
    """
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(domain=[0, epochs], nice=False), axis=alt.Axis(tickMinStep=1))
    y = alt.Y("accuracy:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=PERCENT))
    tooltip = [
        alt.Tooltip("epoch:Q"),
        alt.Tooltip("accuracy:Q", title="test accuracy", format=".2%"),
        alt.Tooltip("seed:N"),
    ]
    layers = [
        only_rows("series", "baseline").mark_area(color=GREY, opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        only_rows("series", "baseline").mark_line(color=GREY, strokeWidth=2).encode(x=x, y=y),
        only_rows("series", "finished")
        .mark_line(color=ACCENT, opacity=0.35, strokeWidth=1)
        .encode(x=x, y=y, detail="seed:N"),
        only_rows("series", "on training images")
        .mark_line(color=ACCENT, strokeWidth=1.5, strokeDash=DOTTED, point=_dots(20))
        .encode(x=x, y=y, tooltip=[tooltip[0], alt.Tooltip("accuracy:Q", title="on training images", format=".2%")]),
        only_rows("series", "this run")
        .mark_line(color=ACCENT, strokeWidth=2.5, point=_dots(36))
        .encode(x=x, y=y, tooltip=tooltip),
    ]
    return to_spec(alt.layer(*layers).properties(height=HEIGHT))


@cache
def compare_curves_spec(axis: str) -> dict[str, Any]:
    """Mean test accuracy by epoch, step or seconds: a line with its seeds' range each, seeds faint, live runs dashed.

    Rows: the axis, accuracy, low, high, label, color, shape, filled, seed, count, kind (mean, seed or live).
    """
    ticks = alt.Axis(tickMinStep=1, tickCount=8, format=",.0f" if axis == "seconds" else "~s")
    x = alt.X(f"{axis}:Q", title=AXES[axis], axis=ticks)
    y = alt.Y("accuracy:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=PERCENT))
    own = {"color": _own_color(), "detail": ["label:N", "seed:N"]}
    tooltip = [
        alt.Tooltip("label:N", title="recipe"),
        alt.Tooltip(f"{axis}:Q", title=AXES[axis], format=",.0f"),
        *_percents("accuracy", "low", "high"),
        alt.Tooltip("count:Q", title="seeds"),
    ]
    live = [*tooltip[:3], alt.Tooltip("seed:N")]
    means = only_rows("kind", "mean")
    layers = [
        means.mark_area(opacity=0.1).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", **own),
        only_rows("kind", "seed").mark_line(opacity=0.3, strokeWidth=1).encode(x=x, y=y, **own),
        means.mark_line(strokeWidth=2.5).encode(x=x, y=y, **own),
        means.mark_point(size=50, opacity=1).encode(x=x, y=y, tooltip=tooltip, **_own_sign()),
        only_rows("kind", "live")
        .mark_line(strokeWidth=2, strokeDash=[5, 3], point=alt.OverlayMarkDef(size=40, filled=False))
        .encode(x=x, y=y, tooltip=live, **own),
    ]
    return to_spec(alt.layer(*layers).properties(height=360))


@cache
def compare_bars_spec(shown: str) -> dict[str, Any]:
    """A bar from the reference to the mean, with interval, single seeds as dots, the blog's figure as a tick.

    Rows: label, place, color, mean, low, high, reported, reference, value, kind (mean or seed). `shown` is accuracy or
    difference, the latter in points, with a thin line at zero.
    """
    # The names stand above their bars, inside the chart: beside it they would leave a phone no room for bars.
    inside = {"labelAlign": "left", "labelBaseline": "bottom", "labelOffset": -10, "labelPadding": -2}
    axis = alt.Axis(**inside, labelLimit=alt.expr("width"), ticks=False, domain=False)
    y = alt.Y("label:N", title=None, sort=alt.SortField("place"), axis=axis)
    is_accuracy = shown == "accuracy"
    title = "test accuracy" if is_accuracy else "points of test accuracy above or below the reference"
    scale, ticks = alt.Scale(zero=False), alt.Axis(format=PERCENT if is_accuracy else "+.1~f", tickCount=6)
    x, color = alt.X("mean:Q", title=title, scale=scale, axis=ticks), _own_color()
    names = ("mean", "low", "high", "reported")
    numbers = _percents(*names) if is_accuracy else [alt.Tooltip(f"{name}:Q", format="+.2f") for name in names]
    means, tooltip = only_rows("kind", "mean"), [alt.Tooltip("label:N", title="recipe"), *numbers]
    layers = [
        means.mark_bar(opacity=0.3, height=12, yOffset=4).encode(x=x, x2="reference:Q", y=y, color=color),
        means.mark_rule(strokeWidth=2.5, yOffset=4).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=color),
        only_rows("kind", "seed")
        .mark_circle(size=22, opacity=0.7, yOffset=15)
        .encode(x=alt.X("value:Q"), y=y, color=color),
        means.mark_point(shape="diamond", filled=True, size=110, opacity=1, yOffset=4).encode(
            x=x, y=y, color=color, tooltip=tooltip
        ),
        means.mark_tick(thickness=3, size=20, color=GREY, yOffset=4).encode(x=alt.X("reported:Q"), y=y),
    ]
    if not is_accuracy:  # In each row, not from top to bottom, so that it strikes no name through.
        zero = means.mark_tick(thickness=1, size=30, color=GREY, yOffset=4)
        layers.append(zero.encode(x=alt.X("reference:Q"), y=y))
    return to_spec(alt.layer(*layers).properties(height=alt.Step(46)))


@cache
def cost_spec(cost: str) -> dict[str, Any]:
    """Accuracy against what it costs, with the frontier: the recipes that no cheaper one equals.

    Rows: cost, accuracy, low, high, reported, label, color, shape, filled, kind (recipe or frontier).
    """
    scale, ticks = alt.Scale(type="log", nice=False, padding=20), alt.Axis(format=".4~s", tickCount=5)
    x = alt.X("cost:Q", title=f"{COSTS[cost]} (logarithmic)", scale=scale, axis=ticks)
    y = alt.Y("accuracy:Q", title="test accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(format=PERCENT))
    tooltip = [
        alt.Tooltip("label:N", title="recipe"),
        alt.Tooltip("cost:Q", title=COSTS[cost], format=",.0f"),
        *_percents("accuracy", "low", "high", "reported"),
    ]
    recipes, color = only_rows("kind", "recipe"), _own_color()
    layers = [
        only_rows("kind", "frontier")
        .mark_line(color=GREY, interpolate="step-after", strokeDash=[4, 3])
        .encode(x=x, y=y),
        recipes.mark_rule(strokeWidth=2, opacity=0.6).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=color),
        recipes.mark_point(shape="cross", filled=True, color=GREY, size=60).encode(x=x, y=alt.Y("reported:Q")),
        recipes.mark_point(size=110, opacity=1).encode(x=x, y=y, tooltip=tooltip, **_own_sign()),
    ]
    return to_spec(alt.layer(*layers).properties(height=300))


def _dots(size: int) -> alt.OverlayMarkDef:
    return alt.OverlayMarkDef(color=ACCENT, size=size)


def _own_color() -> alt.Color:
    # Each row brings its colour, so that a spec stays the same whoever comes and goes; the page draws the legend.
    return alt.Color("color:N", scale=None, legend=None)


def _own_sign() -> dict[str, Any]:
    return {
        "shape": alt.Shape("shape:N", scale=None, legend=None),
        "stroke": alt.Stroke("color:N", scale=None, legend=None),
        "fill": alt.Fill("color:N", scale=None, legend=None),
        "fillOpacity": alt.FillOpacity("filled:Q", scale=None, legend=None),
    }


def _percents(*names: str) -> list[alt.Tooltip]:
    titles = {"accuracy": "test accuracy", "reported": "the blog, once", "low": "from", "high": "to"}
    return [alt.Tooltip(f"{name}:Q", title=titles.get(name, name), format=".2%") for name in names]


def all_rows() -> alt.Chart:
    """Of all rows of the table that the page gives the chart."""
    return alt.Chart(alt.NamedData("rows"))


def only_rows(field: str, value: str) -> alt.Chart:
    """Of those rows alone that have this value."""
    return all_rows().transform_filter(f"datum.{field} == '{value}'")


def enlarge_chart(spec: dict[str, Any]) -> dict[str, Any]:
    """The chart for a room: higher, with type that is read from the last row."""
    axis = {**spec["config"]["axis"], "labelFontSize": 17, "titleFontSize": 18}
    return {**spec, "height": LECTURE_HEIGHT, "config": {**spec["config"], "axis": axis}}


def to_spec(chart: alt.LayerChart) -> dict[str, Any]:
    """The chart as a dictionary without data, to be given to `st.vega_lite_chart` beside a table.

    Its text has contrast, and there are those tooltips alone that were written for it.
    """
    spec = chart.to_dict(validate=False)  # Half a second a chart otherwise; a test validates them all.
    layers = [{**layer, "mark": {"tooltip": None, **layer["mark"]}} for layer in spec["layer"]]
    for layer in (spec, *layers):
        layer.pop("data", None)
    return {**spec, "layer": layers, "config": CONFIG}
