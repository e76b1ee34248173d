"""What the tests of training share."""

import pytest

from tricks.training.data import Dataset


@pytest.fixture(scope="module")
def few_images(toy_set) -> Dataset:
    """So few images of the toy set that an epoch takes no time."""
    return Dataset(
        train_images=toy_set.train_images[:600],
        train_labels=toy_set.train_labels[:600],
        test_images=toy_set.test_images[:100],
        test_labels=toy_set.test_labels[:100],
    )
