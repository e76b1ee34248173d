"""What a chart shows, on its dictionary: constant, without data, valid, and in fixed colours."""

import json
import re

import altair as alt
import pytest

from tricks.charts.theme import (
    AXES,
    COSTS,
    accuracy_spec,
    compare_bars_spec,
    compare_curves_spec,
    cost_spec,
    loss_spec,
)

SPECS = {
    "loss": lambda: loss_spec(7820),
    "accuracy": lambda: accuracy_spec(10),
    "curves": lambda: compare_curves_spec("epoch"),
    "curves by seconds": lambda: compare_curves_spec("seconds"),
    "bars": lambda: compare_bars_spec("accuracy"),
    "differences": lambda: compare_bars_spec("difference"),
    "parameters": lambda: cost_spec("parameters"),
    "seconds": lambda: cost_spec("seconds"),
}
CURVES = {"accuracy", "low", "high", "label", "color", "shape", "filled", "seed", "count", "kind"}
BARS = {"label", "place", "color", "mean", "low", "high", "reported", "reference", "value", "kind"}
COST = {"cost", "accuracy", "low", "high", "reported", "label", "color", "shape", "filled", "kind"}
COLUMNS = {
    "loss": {"step", "loss", "series"},
    "accuracy": {"epoch", "accuracy", "low", "high", "series", "seed"},
    "curves": CURVES | {"epoch"},
    "curves by seconds": CURVES | {"seconds"},
    "bars": BARS,
    "differences": BARS,
    "parameters": COST,
    "seconds": COST,
}
WHOLE = {"epoch", "count"}  # Numbers that are whole by themselves.
every_chart = pytest.mark.parametrize("chart", SPECS)


@every_chart
def test_a_chart_holds_no_data(chart):
    """A chart's description has no data in it, nor a place for any, so that the page only swaps the table."""
    written = json.dumps(SPECS[chart]())

    assert [] == re.findall(r'"(?:data|datasets|dataset|values)":', written)


@every_chart
def test_a_chart_is_constant(chart):
    """The same chart is described in the same words every time, or the browser would draw it anew."""
    assert json.dumps(SPECS[chart]()) == json.dumps(SPECS[chart]())


@every_chart
def test_a_chart_is_built_once(chart):
    """Charts are built once for all visitors and all looks, whatever is shown in them."""
    assert SPECS[chart]() is SPECS[chart]()


@every_chart
def test_a_chart_is_valid(chart):
    """Every chart is Vega-Lite, with several layers."""
    spec = SPECS[chart]()

    parsed = alt.LayerChart.from_dict({**spec, "data": {"name": "rows"}}, validate=True)

    assert "vega-lite" in spec["$schema"]
    assert len(spec["layer"]) == len(parsed.layer) >= 2


@every_chart
def test_a_chart_reads_the_columns_that_it_documents(chart):
    """Every chart reads the columns of its table, and no others."""
    written = json.dumps(SPECS[chart]())

    fields = set(re.findall(r'"field": "(\w+)"', written)) | set(re.findall(r"datum\.(\w+)", written))

    assert COLUMNS[chart] == fields


@every_chart
def test_a_chart_says_what_its_axes_are(chart):
    """Axes have titles with words in them, or none."""
    spec = SPECS[chart]()

    axes = [layer["encoding"][axis] for layer in spec["layer"] for axis in layer["encoding"].keys() & {"x", "y"}]
    titles = {axis["title"] for axis in axes if axis.get("title")}

    words = {"test accuracy", "training loss", "points of test accuracy above or below the reference"}
    costs = {f"{title} (logarithmic)" for title in COSTS.values()}
    assert titles & words
    assert titles <= words | costs | set(AXES.values())


@pytest.mark.parametrize(("chart", "end"), [(loss_spec(7820), 7820), (accuracy_spec(10), 10)], ids=["loss", "accuracy"])
def test_a_live_chart_s_axis_does_not_move(chart, end):
    """The horizontal axis reaches to the end of the run from the first moment on."""
    assert [[0, end]] * len(chart["layer"]) == [
        layer["encoding"]["x"].get("scale", {}).get("domain") for layer in chart["layer"]
    ]


@pytest.mark.parametrize("spec", [compare_curves_spec("epoch"), compare_bars_spec("accuracy"), cost_spec("seconds")])
def test_a_recipe_keeps_its_colour_in_a_comparison(spec):
    """Every row brings its own colour, which no scale changes when other recipes come and go."""
    colors = [layer["encoding"]["color"] for layer in spec["layer"] if "color" in layer["encoding"]]

    assert {(("field", "color"), ("scale", None))} == {
        tuple((name, color[name]) for name in ("field", "scale")) for color in colors
    }


@every_chart
def test_a_tooltip_says_only_what_was_written_for_it(chart):
    """No mark shows its encodings as they are: colours, empty fields and numbers with ten digits stay inside."""
    layers = SPECS[chart]()["layer"]
    told = [tooltip for layer in layers for tooltip in layer["encoding"].get("tooltip", [])]

    assert [None] * len(layers) == [layer["mark"]["tooltip"] for layer in layers]
    assert "color" not in {tooltip["field"] for tooltip in told}
    assert all(
        "format" in tooltip for tooltip in told if tooltip["type"] == "quantitative" and tooltip["field"] not in WHOLE
    )


@every_chart
def test_a_tooltip_agrees_with_its_axis(chart):
    """A tooltip has at least as many digits as labels beside its mark: accuracies have tenths of a percent or more."""
    told = [tooltip for layer in SPECS[chart]()["layer"] for tooltip in layer["encoding"].get("tooltip", [])]

    assert {tooltip["format"] for tooltip in told if "accuracy" in tooltip["field"]} <= {".2%"}


@every_chart
def test_a_chart_can_be_read_by_day_and_by_night(chart):
    """What axes say has the colour of the page's text."""
    axis = SPECS[chart]()["config"]["axis"]

    assert {"labelColor": "currentColor", "titleColor": "currentColor"} == axis
