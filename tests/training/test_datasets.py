"""Where the images come from: the toy set is made on the spot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.measurements import Preparing
from tricks.settings import ROOT
from tricks.training.data import Dataset
from tricks.training.datasets import LOADERS, load_dataset

CPU = torch.device("cpu")


def load(name: str, folder: Path) -> tuple[list[Preparing], Dataset]:
    """What a loading says while it is busy, and the dataset that it returns."""
    loading, said = load_dataset(name, folder, CPU), []
    while True:
        try:
            said.append(next(loading))
        except StopIteration as end:
            return said, end.value


def test_every_dataset_can_be_loaded():
    """Every dataset of the catalogue has a way to be had, so that no name trains on the images of another."""
    assert set(DATASETS) == set(LOADERS)


@pytest.mark.parametrize("part", ["train", "test"])
def test_toy_shapes(toy_set, part):
    """The toy set has CIFAR-10's shapes and ten classes, and as many images as the catalogue says."""
    images, labels = getattr(toy_set, f"{part}_images"), getattr(toy_set, f"{part}_labels")

    assert (getattr(DATASETS["toy"], f"{part}_images"), 32, 32, 3) == images.shape
    assert (torch.uint8, torch.int64) == (images.dtype, labels.dtype)
    assert list(range(10)) == sorted(set(labels.tolist()))


def test_toy_is_repeatable(toy_set, tmp_path):
    """The toy set is the same each time, whatever PyTorch's random state, and leaves nothing on the disk."""
    torch.manual_seed(1)

    said, again = load("toy", tmp_path / "data")

    assert all(torch.equal(getattr(toy_set, name), tensor) for name, tensor in vars(again).items())
    assert [] == said
    assert not (tmp_path / "data").exists()


def test_import_is_silent(tmp_path):
    """Importing the product's training half opens no connection and writes no data."""
    forbid = "import sys; sys.addaudithook(lambda event, _: event.startswith('socket.') and sys.exit(event))"
    environment = {**os.environ, "TRICKS_DATA": str(tmp_path / "data")}

    code = subprocess.call([sys.executable, "-c", f"{forbid}; import tricks.engines.worker"], env=environment, cwd=ROOT)

    assert 0 == code
    assert not (tmp_path / "data").exists()
