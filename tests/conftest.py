"""What the tests share: toy-sized recipes, a fake engine, and a reason for whatever cannot be tested here."""

import os
from pathlib import Path

import pytest

from tricks.recipe.recipe import Recipe


@pytest.fixture
def run_file(tmp_path) -> Path:
    """Where a run's file is."""
    return tmp_path / "run.part"


@pytest.fixture
def toy_recipe() -> Recipe:
    """The smallest recipe: one epoch on the toy set with narrow convolutions."""
    return Recipe(dataset="toy", epochs=1, conv_width=0.125, dense_width=8, batch_size=250)


@pytest.fixture(scope="session")
def cifar10_folder() -> Path:
    """The folder with the real CIFAR-10."""
    folder = Path(os.environ.get("TRICKS_DATA", ""))
    if not (folder / "cifar-10-batches-py").is_dir():
        pytest.skip("needs the real CIFAR-10: set TRICKS_DATA to a folder that has cifar-10-batches-py")
    return folder
