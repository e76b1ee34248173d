"""What a chart shows, on its dictionary: constant, without data, valid, and in fixed colours."""

import json
import re

import altair as alt
import pytest

from tricks.charts import (
    GREY,
    OTHER_COLORS,
    PRESET_COLORS,
    accuracy_spec,
    color_of,
    compare_bars_spec,
    compare_curves_spec,
    loss_spec,
)
from tricks.presets import PRESETS
from tricks.recipe import TRICKS, Recipe

COLORS = {"baseline (N = 3)": GREY, "flip (N = 1)": "#0097a7"}
SPECS = {
    "loss": lambda: loss_spec(7820),
    "accuracy": lambda: accuracy_spec(10),
    "curves": lambda: compare_curves_spec(COLORS),
    "bars": lambda: compare_bars_spec(COLORS),
}
COLUMNS = {
    "loss": {"step", "loss", "series"},
    "accuracy": {"epoch", "accuracy", "low", "high", "series", "seed"},
    "curves": {"epoch", "accuracy", "label", "seed", "kind"},
    "bars": {"label", "mean", "low", "high", "reported", "accuracy", "kind"},
}
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


def test_the_live_charts_are_built_once():
    """The charts that follow a run are built once for all visitors and all looks."""
    assert loss_spec(320) is loss_spec(320)
    assert accuracy_spec(10) is accuracy_spec(10)


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

    titles = {layer["encoding"][axis].get("title", axis) for layer in spec["layer"] for axis in ("x", "y")}

    assert {"test accuracy", "training loss"} & titles


@pytest.mark.parametrize(("chart", "end"), [(loss_spec(7820), 7820), (accuracy_spec(10), 10)], ids=["loss", "accuracy"])
def test_a_live_chart_s_axis_does_not_move(chart, end):
    """The horizontal axis reaches to the end of the run from the first moment on."""
    assert [[0, end]] * len(chart["layer"]) == [
        layer["encoding"]["x"].get("scale", {}).get("domain") for layer in chart["layer"]
    ]


@pytest.mark.parametrize("spec", [compare_curves_spec, compare_bars_spec])
def test_a_recipe_keeps_its_colour_in_a_comparison(spec):
    """Labels have the colours that they are given, in the order that they are given in."""
    scales = [layer["encoding"].get("color", {}).get("scale") for layer in spec(COLORS)["layer"]]

    assert {"domain": list(COLORS), "range": list(COLORS.values())} in scales


def test_the_baseline_is_grey():
    """The baseline is grey, on the real images and on the toy set."""
    assert GREY == color_of(Recipe()) == color_of(Recipe(dataset="toy"))


def test_presets_have_colours_of_their_own():
    """The blog's eight settings have eight colours, which stay with them."""
    colors = [color_of(Recipe(**preset.values)) for preset in PRESETS.values()]

    assert list(PRESET_COLORS) == colors
    assert len(PRESETS) == len({color.lower() for color in colors})


@pytest.mark.parametrize("name", TRICKS)
def test_other_recipes_never_look_like_a_preset(name):
    """A recipe that is no preset has the same colour always, and never a preset's."""
    recipe = Recipe(epochs=7, **{name: TRICKS[name].recommended}) if name != "epochs" else Recipe(epochs=7)

    assert color_of(recipe) in OTHER_COLORS
    assert set() == {color.lower() for color in OTHER_COLORS} & {color.lower() for color in PRESET_COLORS}
    assert color_of(recipe) == color_of(recipe)


def test_a_colour_stays_after_a_restart():
    """Colours are made from the recipe's key alone, not from what differs from process to process."""
    assert "#1b9e77" == color_of(Recipe(flip=True))
