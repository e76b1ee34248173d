"""A cache of generated runs, as large as a busy host's after a year."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from tricks.effects import FULL_RECIPES, list_additions, list_removals
from tricks.presets import PRESETS
from tricks.recipe import Recipe
from tricks.record import write_header
from tricks.run import Machine, Run

SEEDS = 10
MACHINE = Machine(device="cpu", name="generated", threads=1, torch="0")


def generate_runs(cache: Path, runs: int) -> None:
    """Writes this many run files of the usual size, ten seeds a recipe, the baseline first."""
    losses = [{"kind": "losses", "step": step, "seconds": step, "losses": [1.234] * 10} for step in range(0, 7820, 10)]
    for number, recipe in zip(range(0, runs, SEEDS), list_recipes(), strict=False):
        for seed in range(min(SEEDS, runs - number)):
            accuracy = 0.5 + number % 170 / 1000 + (7 * seed + number) % 10 / 1000
            numbers = {"train_accuracy": 0.5, "test_loss": 1.0, "seconds": 1.0, "images_per_second": 1.0}
            epochs = [
                {
                    "kind": "epoch",
                    "epoch": epoch,
                    "step": 782 * epoch,
                    "test_accuracy": accuracy * epoch / 10,
                    **numbers,
                }
                for epoch in range(1, 11)
            ]
            outcome = {"kind": "outcome", "test_accuracy": accuracy, "diverged": False, "seconds": 1.0}
            outcome |= {"images_per_second": 1.0, "weights_sha256": "0" * 64, "finished": "2026-01-01T00:00:00+00:00"}
            run = Run(recipe=recipe, seed=seed)
            lines = [write_header(run, MACHINE, "2026-01-01T00:00:00+00:00"), *losses, *epochs, outcome]
            text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
            (cache / f"{run.name}.jsonl").write_text(text)


def list_recipes() -> Iterator[Recipe]:
    """All that the pages ask about at first, then ever more."""
    full = [Recipe(**full.values) for full in FULL_RECIPES.values()]
    asked = [
        *(Recipe(**preset.values) for preset in PRESETS.values()),
        *(change.recipe for change in list_additions(Recipe())),
        *full,
        *(change.recipe for recipe in full for change in list_removals(recipe)),
    ]
    more = (Recipe(dense_width=width) for width in itertools.count(65))
    known = set()
    for recipe in itertools.chain(asked, more):
        if recipe.key not in known:
            known.add(recipe.key)
            yield recipe
