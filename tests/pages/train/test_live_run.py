"""The charts of a run on Train: its losses and accuracies, and what is known behind them."""

import json

from tests.pages.caches import fill_cache
from tests.pages.reading import open_train, read
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


def test_the_charts_show_the_run_and_the_baseline(engine, tmp_path):
    """The loss chart holds the run's losses and the baseline's behind them."""
    fill_cache(tmp_path, Run(recipe=Recipe(), seed=0), Run(recipe=Recipe(flip=True), seed=0))

    page = open_train(flip="true")

    specs = [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]
    assert 2 == len(specs)
    assert "against the baseline: 0.0 points, settled, 1 seed each: not clear yet" in read(page)
