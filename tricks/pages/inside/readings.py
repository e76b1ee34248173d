"""What the page reads from the disk: the predictions and the images that are shown, and no others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from tricks.analysis.predictions import Predictions
from tricks.catalogue.datasets import DATASETS
from tricks.images.test_set import TestSet, open_test_set
from tricks.lab import open_lab
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.index import Finished
from tricks.store.tensors import read_predictions


def open_images(dataset: str) -> TestSet:
    """The test images of this dataset, from the host's folder."""
    return open_test_set(dataset, open_lab().settings.data)


def find_predictions(recipe: Recipe, images: TestSet) -> Predictions:
    """What all finished runs of the recipe say of the images; the same while no run is added."""
    results = open_lab().results()
    runs = tuple(results[recipe.key].runs.values()) if recipe.key in results else ()
    return _gather(open_lab().store.folder, recipe, runs, images.labels)


@st.cache_resource(
    max_entries=100,
    show_spinner=False,
    hash_funcs={Recipe: lambda recipe: recipe.key, Finished: lambda one: (one.run.seed, one.outcome.test_accuracy)},
)
def _gather(folder: Path, recipe: Recipe, runs: tuple[Finished, ...], labels: np.ndarray) -> Predictions:
    known = {one.run.seed: classes for one in runs if (classes := _read(one, labels)) is not None}
    return Predictions(
        recipe=recipe,
        seeds=tuple(known),
        classes=np.stack(list(known.values())) if known else np.zeros((0, len(labels)), np.uint8),
        labels=labels,
        missing=tuple(one.run.seed for one in runs if one.run.seed not in known),
        count=DATASETS[recipe.dataset].classes,
    )


def _read(one: Finished, labels: np.ndarray) -> np.ndarray | None:
    """The run's predictions, when they have the accuracy that its file tells: else they are of other images."""
    classes = read_predictions(open_lab().store, Run(recipe=one.run.recipe, seed=one.run.seed))
    if classes is None:
        return None
    is_own = abs((classes == labels).mean() - one.outcome.test_accuracy) < 0.5 / len(labels)
    return classes if is_own else None


def has_pixels(images: TestSet) -> bool:
    """Whether the images are there, not only their labels."""
    return images.read([0]) is not None


def read_pixels(images: TestSet, places: Sequence[int]) -> np.ndarray | None:
    """The images at these places; None where they are not there."""
    return images.read([int(place) for place in places]) if len(places) else None
