"""The charts of Effects and of the blog, on their dictionaries."""

import json
import re

import altair as alt
import pytest

from tricks.charts.effects import VERDICT_COLORS, effects_spec, replay_spec, reported_spec

SPECS = {"effects": lambda: effects_spec(-5, 10), "reported": reported_spec, "replay": replay_spec}
COLUMNS = {
    "effects": {"label", "place", "verdict", "kind", "points", "low", "high", "figures"},
    "reported": {"label", "place", "reported"},
    "replay": {"label", "place", "kind", "accuracy", "low", "high"},
}
every_chart = pytest.mark.parametrize("chart", SPECS)


@every_chart
def test_a_chart_holds_no_data(chart):
    """A chart's description has no data in it, nor a place for any, and is built once."""
    written = json.dumps(SPECS[chart]())

    assert [] == re.findall(r'"(?:data|datasets|dataset|values)":', written)
    assert SPECS[chart]() is SPECS[chart]()


@every_chart
def test_a_chart_is_valid(chart):
    """Every chart is Vega-Lite, with several layers."""
    spec = SPECS[chart]()

    parsed = alt.LayerChart.from_dict({**spec, "data": {"name": "rows"}}, validate=True)

    assert len(spec["layer"]) == len(parsed.layer) >= 2


@every_chart
def test_a_chart_reads_the_columns_that_it_documents(chart):
    """Every chart reads the columns of its table, and no others."""
    written = json.dumps(SPECS[chart]())

    fields = set(re.findall(r'"field": "(\w+)"', written)) | set(re.findall(r"datum\.(kind|place)", written))

    assert COLUMNS[chart] == fields


def test_effects_have_a_zero_line_and_verdict_colours():
    """The line at zero is there whatever the data, and each verdict has a colour of its own."""
    spec = effects_spec(-5, 10)

    scales = [layer["encoding"].get("color", {}).get("scale", {}) for layer in spec["layer"]]
    assert {"datum": 0} == spec["layer"][0]["encoding"]["x"]
    assert [list(VERDICT_COLORS)] * 3 == [scale["domain"] for scale in scales if scale]
    assert 5 == len(set(VERDICT_COLORS.values()))


def test_the_effects_axis_ends_where_it_is_told():
    """What lies beyond the axis is cut off, so that one diverged run does not squeeze all others."""
    spec = effects_spec(-5, 10)

    domains = [layer["encoding"]["x"].get("scale", {}).get("domain") for layer in spec["layer"]]
    assert [-5, 10] in domains
    assert all(layer["mark"].get("clip") for layer in spec["layer"][1:])


def test_the_blog_s_bars_start_at_zero():
    """The blog's bar chart keeps its bars whole."""
    bars = reported_spec()["layer"][0]

    assert "bar" == bars["mark"]["type"]
    assert "scale" not in bars["encoding"]["x"]
