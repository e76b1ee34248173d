"""The datasets, as they are declared."""

import pytest

from tricks.analysis.effects import list_additions
from tricks.catalogue.datasets import DATASETS
from tricks.recipe.recipe import TRICKS, Recipe

CONDITIONS = [{}, *({name: trick.recommended} for name, trick in TRICKS.items() if trick.is_condition)]


@pytest.mark.parametrize("values", CONDITIONS, ids=str)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_has_images_enough(dataset, values):
    """On every dataset every trick can be asked about, also with a tenth of the images, and larger batches."""
    asked = {addition.trick.name for addition in list_additions(Recipe(dataset=dataset, **values))}

    assert "batch_size" in asked


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_a_dataset_says_what_it_has(dataset):
    """A dataset has a title, names for its classes, and a mean and a deviation for each colour."""
    channels = dataset.image_shape[0]

    assert dataset.title
    assert len(set(dataset.class_names)) == dataset.classes > 1
    assert (channels, channels) == (len(dataset.mean), len(dataset.deviation))
