"""Every chart, on its dictionary: built once, without data, valid, and readable."""

import json
import re

import altair as alt
import pytest

from tricks.charts.blog import blog_replay_spec, reported_spec
from tricks.charts.pictures import AXES, curve_spec
from tricks.charts.predictions import class_spec, confusion_spec
from tricks.charts.replay import replay_spec
from tricks.charts.theme import accuracy_spec, compare_bars_spec, compare_curves_spec, cost_spec, loss_spec

CURVES = {"accuracy", "low", "high", "label", "color", "shape", "filled", "seed", "count", "kind"}
BARS = {"label", "place", "color", "mean", "low", "high", "reported", "reference", "value", "kind"}
COST = {"cost", "accuracy", "low", "high", "reported", "label", "color", "shape", "filled", "kind"}
CLASS = {"label", "place", "row", "kind", "value", "low", "high", "color", "recipe"}
REPLAY = {"progress", "value", "series", "label", "color"}
# How each chart is made, and the columns that it documents.
CHARTS = {
    "loss": (lambda: loss_spec(7820), {"step", "loss", "series"}),
    "accuracy": (lambda: accuracy_spec(10), {"epoch", "accuracy", "low", "high", "series", "seed"}),
    "curves": (lambda: compare_curves_spec("epoch"), CURVES | {"epoch"}),
    "curves by seconds": (lambda: compare_curves_spec("seconds"), CURVES | {"seconds"}),
    "bars": (lambda: compare_bars_spec("accuracy"), BARS),
    "differences": (lambda: compare_bars_spec("difference"), BARS),
    "parameters": (lambda: cost_spec("parameters"), COST),
    "seconds": (lambda: cost_spec("seconds"), COST),
    "the blog's bars": (reported_spec, {"label", "place", "reported"}),
    "the blog replayed": (blog_replay_spec, {"label", "place", "kind", "accuracy", "low", "high"}),
    "confusion": (
        confusion_spec,
        {"label", "said", "place", "figure", "images", "share", "color", "strength", "edge"},
    ),
    "class accuracies": (lambda: class_spec("accuracy"), CLASS),
    "class differences": (lambda: class_spec("difference"), CLASS),
    "probabilities": (lambda: class_spec("probability"), CLASS),
    "loss replayed": (lambda: replay_spec("loss", 5), REPLAY),
    "accuracy replayed": (lambda: replay_spec("accuracy", 5), REPLAY),
    **{
        f"picture of {kind}": (lambda kind=kind: curve_spec(kind), {"x", "y", "series", "part", "place"})
        for kind in AXES
    },
}
WHOLE = {"epoch", "count"}  # Numbers that are whole by themselves.
every_chart = pytest.mark.parametrize(("describe", "columns"), CHARTS.values(), ids=CHARTS)


@every_chart
def test_a_chart_holds_no_data(describe, columns):
    """A chart's description has no data in it, nor a place for any, so that the page only swaps the table."""
    written = json.dumps(describe())

    assert [] == re.findall(r'"(?:data|datasets|dataset|values)":', written)


@every_chart
def test_a_chart_is_built_once(describe, columns):
    """Charts are built once for all visitors and all looks: the browser draws none anew."""
    assert describe() is describe()


@every_chart
def test_a_chart_is_valid(describe, columns):
    """Every chart is Vega-Lite, with several layers."""
    spec = describe()

    parsed = alt.LayerChart.from_dict({**spec, "data": {"name": "rows"}}, validate=True)

    assert "vega-lite" in spec["$schema"]
    assert len(spec["layer"]) == len(parsed.layer) >= 2


@every_chart
def test_a_chart_reads_the_columns_that_it_documents(describe, columns):
    """Every chart reads the columns of its table, and no others."""
    written = json.dumps(describe())

    fields = set(re.findall(r'"field": "(\w+)"', written)) | set(re.findall(r"datum\.(\w+)", written))

    assert columns == fields


@every_chart
def test_a_tooltip_says_only_what_was_written_for_it(describe, columns):
    """No mark shows its encodings as they are: colours, empty fields and numbers with ten digits stay inside."""
    layers = describe()["layer"]
    told = [tooltip for layer in layers for tooltip in layer["encoding"].get("tooltip", [])]

    assert [None] * len(layers) == [layer["mark"]["tooltip"] for layer in layers]
    assert "color" not in {tooltip["field"] for tooltip in told}
    assert all(
        "format" in tooltip for tooltip in told if tooltip["type"] == "quantitative" and tooltip["field"] not in WHOLE
    )


@every_chart
def test_a_chart_can_be_read_by_day_and_by_night(describe, columns):
    """What axes say has the colour of the page's text."""
    axis = describe()["config"]["axis"]

    assert {"labelColor": "currentColor", "titleColor": "currentColor"} == axis
