"""The charts of the blog's page, on their dictionaries."""

import json
import re

import altair as alt
import pytest

from tricks.charts.blog import blog_replay_spec, reported_spec

SPECS = {"reported": reported_spec, "replay": blog_replay_spec}
COLUMNS = {
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


def test_the_blog_s_bars_start_at_zero():
    """The blog's bar chart keeps its bars whole."""
    bars = reported_spec()["layer"][0]

    assert "bar" == bars["mark"]["type"]
    assert "scale" not in bars["encoding"]["x"]
