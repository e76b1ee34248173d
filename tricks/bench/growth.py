"""What must not grow: a step during a run, a new result in a full cache, a tick of a live chart late in a run."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from tricks.bench.pages.generated_runs import MACHINE, generate_runs
from tricks.bench.training.ceilings import fastest
from tricks.charts.curves import loss_curve
from tricks.recipe.measurements import Epoch
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.record import Record
from tricks.store.store import Store
from tricks.training.datasets import finish, load_dataset
from tricks.training.loop import train

EPOCHS = 40
CACHED_RUNS = (10, 1_000, 10_000)
LIVE_STEPS = (100, 1_000, 10_000)


def measure_growth(device: torch.device, report: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """Seconds: of a step early and late in a run, of a live chart's tick by step, of a new result by cached runs."""
    return {
        "step": measure_steps(device, report),
        "live_chart_tick": {str(steps): measure_tick(steps) for steps in LIVE_STEPS},
        "new_result": {str(runs): measure_new_result(runs) for runs in CACHED_RUNS},
    }


def measure_steps(device: torch.device, report: Callable[[str], None]) -> dict[str, float]:
    """The median seconds of a step in the first and in the last quarter of a long run on the toy set."""
    report("the time of a step during a run")
    dataset = finish(load_dataset("toy", Path(), device))
    recipe = Recipe(dataset="toy", epochs=EPOCHS)
    measured = train(Run(recipe=recipe, seed=0), dataset)
    seconds = [recipe.batch_size / one.images_per_second for one in measured if isinstance(one, Epoch)]
    quarter = EPOCHS // 4
    return {
        "first quarter": statistics.median(seconds[:quarter]),
        "last quarter": statistics.median(seconds[-quarter:]),
    }


def measure_tick(steps: int) -> float:
    """The seconds in which a run of this many recorded losses becomes a chart's table."""
    record = Record(run=Run(recipe=Recipe(epochs=20), seed=0), machine=MACHINE, started="")
    record.losses = [2.3 - step / 1e5 for step in range(steps)]
    return fastest(lambda: loss_curve(record, record.run.steps), torch.device("cpu"))


def measure_new_result(runs: int) -> float:
    """The seconds in which a store that has read this many runs reads one more."""
    with tempfile.TemporaryDirectory() as folder:
        generate_runs(Path(folder), runs)
        store = Store(Path(folder))
        store.finished()
        newest = next(Path(folder).glob("*-s0.jsonl"))
        newest.write_bytes(newest.read_bytes())
        began = time.perf_counter()
        store.finished()
        return time.perf_counter() - began
