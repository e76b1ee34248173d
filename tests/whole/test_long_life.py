"""A worker that has had hundreds of runs is as it was."""

import psutil
import pytest

from tests.engines.workers import list_work
from tricks.engines.local import LocalEngine
from tricks.recipe.measurements import Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


@pytest.mark.slow
def test_three_hundred_runs_leave_the_worker_as_it_was(tmp_path):
    """After 300 runs, no two of one recipe in a row, a worker holds at most a tenth more memory than after 30."""
    engine = LocalEngine("cpu", tmp_path)
    small = {"dataset": "toy", "epochs": 1, "conv_width": 0.125, "dense_width": 8}
    recipes = [Recipe(**small, batch_size=size, block=block) for size in (250, 500) for block in ("conv", "double")]
    memory = {}
    for number in range(1, 301):
        measured = list_work(engine, Run(recipe=recipes[number % len(recipes)], seed=number))
        assert isinstance(measured[-1], Result)
        if number in (30, 300):
            memory[number] = psutil.Process(engine.process).memory_info().rss
    engine.stop()

    assert memory[300] <= 1.1 * memory[30]
