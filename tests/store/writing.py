"""A run that tests write piece by piece: its measurements, its checkpoint, and what its file then has."""

import json

import numpy as np
import safetensors.numpy

from tricks.recipe.measurements import Checkpoint, Losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.store import Store

RUN = Run(recipe=Recipe(dataset="toy"), seed=0)
PROGRESS = {"epoch": "1", "step": "2", "seconds": "1.5"}
STATE = safetensors.numpy.save({"weights": np.arange(4, dtype=np.float32)}, metadata=PROGRESS)
CHECKPOINT = Checkpoint(epoch=1, step=2, seconds=1.5, state=STATE)
FIRST = Losses(step=0, seconds=0.5, losses=(2.5, 2.25))


def write(store: Store, *measurements) -> None:
    """A training that yields these measurements and then ends, as if it had been killed."""
    with store.write(RUN) as writer:
        for measurement in measurements:
            writer.append(measurement)


def read_kinds(store: Store, suffix: str) -> list[str]:
    """What the lines of the run's file are."""
    return [json.loads(line)["kind"] for line in store.path(RUN, suffix).read_bytes().splitlines()]
