"""How tests open Compare and read its charts."""

import json

from streamlit.testing.v1 import AppTest

from tests.pages.reading import open_page
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe

BASELINE, FLIP, RESIDUAL = Recipe(), Recipe(flip=True), Recipe(block="residual", batch_norm="before")


def open_compare(*recipes: Recipe, reference: Recipe | None = None, **link: str) -> AppTest:
    """Compare with these recipes, this reference and more in its link."""
    further = {"reference": write_word(reference)} if reference else {}
    return open_page("compare.page", *recipes, **further, **link)


def list_specs(page: AppTest) -> list[dict]:
    """What Vega-Lite is told of each chart of the page."""
    return [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]
