"""The test images of every dataset, as far as they can be had without PyTorch, and their labels, which always are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tricks.images.decoded import read_tensor
from tricks.images.toy_set import make_toy_test_set

LABELS = Path(__file__).parent / "cifar10_test_labels.bin"  # A byte an image, in the official order.
ReadImages = Callable[[Sequence[int]], np.ndarray | None]


@dataclass(frozen=True, kw_only=True)
class TestSet:
    """The labels, a whole number an image, and how to read the images at some places, [places, 32, 32, 3] bytes.

    Reading gives None while the images are not there.
    """

    __test__ = False  # pytest takes it for a test otherwise.

    labels: np.ndarray
    read: ReadImages


def open_test_set(dataset: str, folder: Path) -> TestSet:
    """The dataset's test images, from the folder of the data."""
    return SOURCES[dataset](folder)


def open_cifar10(folder: Path) -> TestSet:
    """Those of the decoded copy, of which only the images that are asked for are read; labels are there without it."""
    labels = np.fromfile(LABELS, np.uint8).astype(np.int64)
    return TestSet(labels=labels, read=lambda places: read_tensor(folder, "test_images", list(places)))


def open_toy_set(folder: Path) -> TestSet:
    """The toy set's, which are made on the spot."""
    images, labels = make_toy_test_set()
    return TestSet(labels=labels, read=lambda places: images[list(places)])


SOURCES = {"cifar10": open_cifar10, "toy": open_toy_set}
