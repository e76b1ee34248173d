"""A few real training images: as many as pictures need, so that no process reads a whole dataset for them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from tricks.catalogue.datasets import DATASETS
from tricks.images.decoded import read_tensor
from tricks.settings import OFFICIAL_FILES
from tricks.training.cifar10 import DataError, read_official_files
from tricks.training.data import Dataset
from tricks.training.datasets import make_toy_set

IMAGES = 1_000
AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Album:
    """The first training images, [1000, 32, 32, 3] bytes, the labels of all, and what these are called."""

    images: torch.Tensor
    labels: torch.Tensor
    class_names: tuple[str, ...]

    @property
    def few(self) -> Dataset:
        """A dataset of these images, as the code that trains takes it."""
        labels = self.labels[: len(self.images)]
        return Dataset(
            train_images=self.images, train_labels=labels, test_images=self.images[:0], test_labels=labels[:0]
        )

    def choose(self, start: int = 0) -> torch.Tensor:
        """The places of eight images of as many classes, from this place on, [8]."""
        labels = self.labels[: len(self.images)].roll(-start)
        firsts = [int((labels == label).nonzero()[0]) for label in labels.unique()]
        return (torch.tensor(sorted(firsts)[:AT_ONCE]) + start) % len(self.images)


def open_examples(dataset: str, folder: Path) -> Album | None:
    """The dataset's album; None where it is not in the folder yet, in which case it is looked for again next time."""
    return OPENERS[dataset](folder) if dataset in OPENERS else None


@cache
def open_toy_examples() -> Album:
    """The toy set's, which is made on the spot."""
    toy = make_toy_set()
    return Album(images=toy.train_images[:IMAGES], labels=toy.train_labels, class_names=DATASETS["toy"].class_names)


_found: dict[Path, Album] = {}


def open_cifar10_examples(folder: Path) -> Album | None:
    """CIFAR-10's, from its decoded copy, or else from the official files; nothing is downloaded."""
    if folder not in _found and (album := read_cifar10(folder)):
        _found[folder] = album
    return _found.get(folder)


def read_cifar10(folder: Path) -> Album | None:
    """The same, from the disk."""
    names = DATASETS["cifar10"].class_names
    images, labels = read_tensor(folder, "train_images", list(range(IMAGES))), read_tensor(folder, "train_labels")
    if images is not None and labels is not None:
        return Album(images=torch.from_numpy(images), labels=torch.from_numpy(labels), class_names=names)
    if not (folder / OFFICIAL_FILES).is_dir():
        return None
    try:
        whole = read_official_files(folder)
    except (DataError, OSError):
        return None
    return Album(images=whole.train_images[:IMAGES].clone(), labels=whole.train_labels, class_names=names)


# How the album of a dataset is had, from the folder of the data.
OPENERS: dict[str, Callable[[Path], Album | None]] = {
    "cifar10": open_cifar10_examples,
    "toy": lambda folder: open_toy_examples(),
}
