"""What a chart shows, on its dictionary: constant, without data, valid, and in fixed colours."""

import json
import re

import altair as alt
import pytest

from tricks.charts import (
    GREY,
    PRESET_COLORS,
    accuracy_spec,
    color_of,
    compare_bars_spec,
    compare_curves_spec,
    cost_spec,
    loss_spec,
)
from tricks.presets import PRESETS
from tricks.recipe import TRICKS, Recipe

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
CURVES = {"accuracy", "low", "high", "label", "color", "seed", "count", "kind"}
BARS = {"label", "color", "mean", "low", "high", "reported", "reference", "value", "kind"}
COST = {"cost", "accuracy", "low", "high", "reported", "label", "color", "kind"}
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

    titles = {layer["encoding"][axis].get("title", axis) for layer in spec["layer"] for axis in ("x", "y")}

    assert {"test accuracy", "training loss", "points of test accuracy above or below the reference"} & titles


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

    assert re.fullmatch("#[0-9a-f]{6}", color_of(recipe))
    assert color_of(recipe) not in PRESET_COLORS
    assert color_of(recipe) == color_of(recipe)


def measure_luminance(color: str) -> float:
    """The relative luminance of WCAG, from 0 for black to 1 for white."""
    shares = [(int(color[place : place + 2], 16) / 255) ** 2.2 for place in (1, 3, 5)]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), shares, strict=True))


def test_every_colour_can_be_seen_by_day_and_by_night():
    """Every colour has a contrast of at least 2.7 to white and to the dark page."""
    luminances = [measure_luminance(color_of(Recipe(dense_width=width))) for width in range(100, 300)]

    assert 2.7 < (min(luminances) + 0.05) / (measure_luminance("#0e1117") + 0.05)
    assert 2.7 < 1.05 / (max(luminances) + 0.05)


def test_forty_recipes_have_forty_colours():
    """Even among two hundred recipes, hardly two have the same colour."""
    colors = {color_of(Recipe(dense_width=width)) for width in range(100, 300)}

    assert len(colors) >= 198


def test_a_colour_stays_after_a_restart():
    """Colours are made from the recipe's key alone, not from what differs from process to process."""
    assert "#cb65da" == color_of(Recipe(flip=True))
