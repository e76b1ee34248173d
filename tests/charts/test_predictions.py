"""The charts of Inside, on their dictionaries."""

import json
import re

import altair as alt
import pytest

from tricks.charts.colors import CLOSEST, LUMINANCES, SETTING_COLORS, measure_distance, measure_luminance
from tricks.charts.predictions import CELL, WRONG, class_spec, confusion_spec

SPECS = {
    "confusion": confusion_spec,
    "accuracy": lambda: class_spec("accuracy"),
    "difference": lambda: class_spec("difference"),
    "probability": lambda: class_spec("probability"),
}
CLASS = {"label", "place", "row", "kind", "value", "low", "high", "color", "recipe"}
COLUMNS = {
    "confusion": {"label", "said", "place", "figure", "images", "share", "color", "strength", "edge"},
    "accuracy": CLASS,
    "difference": CLASS,
    "probability": CLASS,
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

    fields = set(re.findall(r'"field": "(\w+)"', written)) | set(re.findall(r"datum\.(\w+)", written))

    assert COLUMNS[chart] == fields


def test_a_cell_can_be_clicked():
    """The matrix has one selection, by label and by what it is taken for."""
    (selection,) = confusion_spec()["params"]

    assert CELL == selection["name"]
    assert ["label", "said"] == selection["select"]["fields"]


def test_wrong_has_a_colour_of_its_own():
    """No recipe's colour looks like that of what is wrong, which stands out from white and from black."""
    red, green, blue = (int(WRONG[place : place + 2], 16) / 255 for place in (1, 3, 5))

    assert min(measure_distance(WRONG, color) for color in SETTING_COLORS.values()) > CLOSEST
    assert LUMINANCES[0] <= measure_luminance(red, green, blue) <= LUMINANCES[1]
