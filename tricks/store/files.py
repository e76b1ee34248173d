"""A run's files in a cache: how their names end, and where they are."""

from pathlib import Path

from tricks.recipe.run import Run

FINISHED, GROWING, SET_ASIDE = ".jsonl", ".part", ".damaged"
CHECKPOINT, PREDICTIONS, WEIGHTS = ".checkpoint.safetensors", ".predictions.safetensors", ".weights.safetensors"
BEGUN = (CHECKPOINT, GROWING)  # Of a run that is not finished.
SUFFIXES = (FINISHED, GROWING, SET_ASIDE, CHECKPOINT, WEIGHTS, PREDICTIONS)


def run_path(folder: Path, run: Run, suffix: str) -> Path:
    """Where one of the run's files is."""
    return folder / f"{run.name}{suffix}"
