"""What the tests of exports share: runs that were really trained, in a second."""

from pathlib import Path

import pytest

from tests.fakes import MACHINE
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.store import Store

SMALL = {"dataset": "toy", "epochs": 1, "conv_width": 0.125, "dense_width": 8, "batch_size": 250}


@pytest.fixture(scope="package")
def trained(tmp_path_factory) -> tuple[Store, Run]:
    """A store with one run of the smallest recipe, trained on the toy set, and its weights."""
    store, run = Store(tmp_path_factory.mktemp("cache")), Run(recipe=Recipe(**SMALL), seed=3)
    train_into(store.folder, run)
    return store, run


def train_into(folder: Path, run: Run) -> None:
    """Trains the run on the toy set and keeps it in the folder."""
    from tricks.training.datasets import make_toy_set
    from tricks.training.loop import train

    with Store(folder).write(run) as writer:
        writer.append(MACHINE)
        for measurement in train(run, make_toy_set()):
            writer.append(measurement)
