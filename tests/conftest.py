"""What the tests share: toy-sized recipes, a fake engine, and a reason for whatever cannot be tested here."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.disks import as_user, mount_disk
from tricks.recipe.recipe import Recipe
from tricks.settings import read_settings

hypothesis.settings.register_profile("busy machine", deadline=None)
hypothesis.settings.load_profile("busy machine")


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
    folder = read_settings().data
    if not (folder / "cifar-10-batches-py").is_dir():
        pytest.skip("needs the real CIFAR-10: set TRICKS_DATA to a folder that has cifar-10-batches-py")
    return folder


@pytest.fixture(scope="session")
def toy_set():
    """The toy set as a `Dataset`, which nobody changes."""
    from tricks.training.datasets import make_toy_set

    return make_toy_set()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 4 MB that the test can fill, or make read-only."""
    with mount_disk(tmp_path / "disk", megabytes=4) as folder:
        yield folder


@pytest.fixture
def common_folder() -> Iterator[Path]:
    """A folder of root's that every user of the machine can reach, and only root can write."""
    if not hasattr(os, "geteuid") or os.geteuid():
        pytest.skip("needs root, to be two users")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    with as_user():
        is_reached = os.access(folder, os.R_OK, effective_ids=True)
    if not is_reached:
        folder.rmdir()
        pytest.skip("needs a machine on which other users reach the folder for temporary files")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", autouse=True)
def numbers_next_to_zero() -> Iterator[None]:
    """They are numbers again after a module in whose tests something was trained, which takes them for zero."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One thread, as a worker sets it: it does not have to wait for others when the machine is busy."""
    import torch

    from tricks.training.device import use_threads

    threads = torch.get_num_threads()
    use_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)
