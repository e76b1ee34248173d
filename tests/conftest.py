"""What the tests share: toy-sized recipes, a fake engine, and a reason for whatever cannot be tested here."""

import os
from pathlib import Path

import pytest

from tricks.engines.engine import Capacity
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Checkpoint, Epoch, Losses, Machine, Result, Run
from tricks.store.reader import Reader
from tricks.store.record import Record
from tricks.store.writer import write_line

MACHINE = Machine(device="cpu", name="Test processor", threads=1, torch="2.15.0")


class FakeEngine:
    """Yields five fixed measurements for any run, without PyTorch."""

    machine = MACHINE
    place = "0"
    capacity = Capacity()
    processes = ()

    def start(self) -> None:
        """Is always ready."""

    def stop(self) -> None:
        """Has nothing to end."""

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0):
        """The machine, two losses, an epoch, a checkpoint, a result; the accuracy grows with the seed."""
        yield MACHINE
        yield Losses(step=0, seconds=0.5, losses=(2.5, 2.25))
        yield fake_epoch(test_accuracy=0.5 + run.seed / 100)
        yield Checkpoint(epoch=1, step=2, seconds=1.0, state=b"")
        yield fake_result(test_accuracy=0.5 + run.seed / 100)


class ChosenEngine(FakeEngine):
    """Ends every run with an accuracy that the test chooses."""

    def __init__(self, accuracy: float, diverged: bool = False):
        self.accuracy = accuracy
        self.diverged = diverged

    def train(self, run, checkpoint, threads=0):
        """The machine, an epoch, a result."""
        yield self.machine
        yield fake_epoch(test_accuracy=self.accuracy)
        yield fake_result(test_accuracy=self.accuracy, diverged=self.diverged)


def fake_epoch(**changes) -> Epoch:
    """An epoch's measurement."""
    values = {"epoch": 1, "step": 2, "train_accuracy": 0.25, "test_loss": 1.5, "test_accuracy": 0.5}
    return Epoch(**{**values, "seconds": 1.0, "images_per_second": 1000.0, **changes})


def fake_result(**changes) -> Result:
    """A result."""
    values = {"test_accuracy": 0.5, "diverged": False, "seconds": 1.0, "images_per_second": 1000.0}
    return Result(**{**values, "weights_sha256": "0" * 64, "predictions": b"p", "weights": b"w", **changes})


def join_lines(*lines: dict) -> bytes:
    """The lines as a run's file has them."""
    return b"".join(map(write_line, lines))


def read_content(run_file: Path, content: bytes) -> Record | None:
    """What a new reader says of a run's file with this content."""
    run_file.write_bytes(content)
    return Reader(run_file).read()


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
