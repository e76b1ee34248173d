"""What the charts of Train and Compare show, on their dictionaries: their axes, and fixed colours."""

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
every_chart = pytest.mark.parametrize("chart", SPECS)


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
def test_a_tooltip_agrees_with_its_axis(chart):
    """A tooltip has at least as many digits as labels beside its mark: accuracies have tenths of a percent or more."""
    told = [tooltip for layer in SPECS[chart]()["layer"] for tooltip in layer["encoding"].get("tooltip", [])]

    assert {tooltip["format"] for tooltip in told if "accuracy" in tooltip["field"]} <= {".2%"}
