"""How tests train a run and pick from what it yields."""

import itertools
from collections.abc import Iterator

from tricks.recipe.measurements import Checkpoint, Losses, Measurement, Result
from tricks.recipe.recipe import TRICKS
from tricks.recipe.run import Run
from tricks.training.data import Dataset
from tricks.training.loop import train

RECOMMENDED = {name: trick.recommended for name, trick in TRICKS.items()} | {"epochs": 3, "batch_size": 50}
RECOMMENDED |= {"conv_width": 0.125, "dense_width": 8, "train_share": 0.5}


def pick(kind: type, measurements: list[Measurement]) -> list:
    """The measurements of one kind."""
    return [measurement for measurement in measurements if isinstance(measurement, kind)]


def list_losses(measurements: Iterator[Measurement]) -> Iterator[float]:
    """The losses of all steps, one after the other."""
    return itertools.chain.from_iterable(one.losses for one in measurements if isinstance(one, Losses))


def first_losses(run: Run, dataset: Dataset, count: int) -> list[float]:
    """The losses of the first steps."""
    measurements = train(run, dataset)
    losses = list(itertools.islice(list_losses(measurements), count))
    measurements.close()
    return losses


def finish(run: Run, dataset: Dataset, checkpoint: Checkpoint | None = None) -> Result:
    """The run's result."""
    return list(train(run, dataset, checkpoint))[-1]
