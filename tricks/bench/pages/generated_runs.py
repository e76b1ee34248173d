"""A cache of generated runs, as large as a busy host's after a year."""

import itertools
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from tricks.analysis.effects import FULL_RECIPES, list_additions, list_removals
from tricks.images.test_set import open_test_set
from tricks.recipe.measurements import Epoch, Machine, Result
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.files import FINISHED, PREDICTIONS, run_path
from tricks.store.lines import write_header, write_outcome, write_record
from tricks.store.record import Record

SEEDS = 10
PREDICTED = 2  # Recipes.
STEPS = 782  # Of an epoch with batch 64.
WHEN = "2026-01-01T00:00:00+00:00"
MACHINE = Machine(device="cpu", name="generated", threads=1, torch="0")


def generate_runs(folder: Path, runs: int) -> None:
    """Writes this many run files as finished trainings leave them, ten seeds a recipe, the baseline first.

    The first recipes have predictions too.
    """
    for number, recipe in zip(range(0, runs, SEEDS), list_recipes(), strict=False):
        for seed in range(min(SEEDS, runs - number)):
            run, accuracy = Run(recipe=recipe, seed=seed), 0.5 + (number + 7 * seed) % 170 / 1000
            header = write_lines([write_header(run, MACHINE, WHEN)])
            run_path(folder, run, FINISHED).write_text(header + write_course(accuracy))
            if number < PREDICTED * SEEDS:
                run_path(folder, run, PREDICTIONS).write_bytes(write_predictions(seed, accuracy))


@cache
def write_course(accuracy: float) -> str:
    """All lines but the header of a training of ten epochs whose accuracy rises to this one."""
    numbers = {"train_accuracy": 0.5, "test_loss": 1.0, "images_per_second": 1000.0}
    epochs = [
        Epoch(epoch=epoch, step=STEPS * epoch, seconds=50.0 * epoch, test_accuracy=accuracy * epoch / 10, **numbers)
        for epoch in range(1, 11)
    ]
    losses = [2.3 - step / 10_000 for step in range(10 * STEPS)]
    run = Run(recipe=Recipe(), seed=0)
    record = Record(run=run, machine=MACHINE, started=WHEN, losses=losses, epochs=epochs)
    return write_lines([*write_record(record)[1:], write_outcome(make_result(accuracy), WHEN)])


def write_predictions(seed: int, accuracy: float) -> bytes:
    """Predictions of which this share is right, and the others any other class."""
    labels, draws = open_test_set("cifar10", Path()).labels, np.random.default_rng(seed)
    wrong = draws.permutation(len(labels))[round(accuracy * len(labels)) :]
    classes = labels.astype(np.uint8)
    classes[wrong] = (labels[wrong] + draws.integers(1, 10, len(wrong))) % 10
    return safetensors.numpy.save({"classes": classes})


def write_lines(lines: Iterable[dict[str, Any]]) -> str:
    """Lines of a run's file."""
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def make_result(accuracy: float) -> Result:
    """How such a training ends."""
    numbers = {"test_accuracy": accuracy, "seconds": 500.0, "images_per_second": 1000.0}
    return Result(**numbers, diverged=False, weights_sha256="0" * 64, predictions=b"", weights=b"")


def list_recipes() -> Iterator[Recipe]:
    """All that the pages ask about at first, then ever more."""
    full = [Recipe(**full.values) for full in FULL_RECIPES.values()]
    asked = [
        *(Recipe(**preset.values) for preset in PRESETS.values()),
        *(change.recipe for change in list_additions(Recipe())),
        *full,
        *(change.reference for recipe in full for change in list_removals(recipe)),
    ]
    more = (Recipe(dense_width=width) for width in itertools.count(65))
    known = set()
    for recipe in itertools.chain(asked, more):
        if recipe.key not in known:
            known.add(recipe.key)
            yield recipe
