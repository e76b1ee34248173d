"""What tests use in place of the real thing: engines without PyTorch, and runs that were never trained."""

import random
import threading
import time
from pathlib import Path

import numpy as np
import safetensors.numpy

from tricks.engines.engine import Capacity
from tricks.images.test_set import open_test_set
from tricks.recipe.measurements import Checkpoint, Epoch, Heartbeat, Losses, Machine, Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.record import Outcome
from tricks.store.store import Finished, Store

MACHINE = Machine(device="cpu", name="Test processor", threads=1, torch="2.15.0")
BASELINE, FLIP = Recipe(), Recipe(flip=True)
RUN = Run(recipe=Recipe(dataset="toy"), seed=0)
OTHER = Run(recipe=Recipe(dataset="toy"), seed=1)


class FakeEngine:
    """Yields five fixed measurements for any run, without PyTorch."""

    machine = MACHINE
    speed = None
    place = "0"
    device_id = "0"
    capacity = Capacity()
    processes = ()
    nodes = ()

    def start(self) -> None:
        """Is always ready."""

    def warm_up(self) -> None:
        """Makes ready."""
        self.start()

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


class PredictingEngine(FakeEngine):
    """Predicts the test images, of which each seed gets another share `wrong` wrong, and keeps filters."""

    def __init__(self, wrong: float = 0.3):
        self.wrong = wrong

    def train(self, run, checkpoint, threads=0):
        """The machine, losses, an epoch, a result with predictions and weights that can be read."""
        labels = open_test_set(run.recipe.dataset, Path("nowhere")).labels
        draws = np.random.default_rng(run.seed)
        errors = draws.random(len(labels)) < self.wrong
        classes = np.where(errors, (labels + draws.integers(1, 10, len(labels))) % 10, labels).astype(np.uint8)
        accuracy = float((classes == labels).mean())
        filters = draws.normal(size=(32, 3, 3, 3)).astype(np.float32)
        yield self.machine
        yield Losses(step=0, seconds=0.5, losses=(2.5, 2.25))
        yield fake_epoch(test_accuracy=accuracy)
        yield fake_result(
            test_accuracy=accuracy,
            predictions=safetensors.numpy.save({"classes": classes}),
            weights=safetensors.numpy.save({"stage1.body.conv0.weight": filters}),
        )


class SlowEngine(FakeEngine):
    """Works on a run until the test lets it go on, and remembers what it was given and what was ended early."""

    def __init__(self):
        self.go = threading.Event()
        self.begun: list[str] = []
        self.ended_early: list[str] = []

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0):
        """Signs of life until `go`, then the fixed measurements."""
        self.begun.append(run.name)
        try:
            while not self.go.is_set():
                yield Heartbeat()
                time.sleep(0.01)
            yield from super().train(run, checkpoint, threads)
        except GeneratorExit:
            self.ended_early.append(run.name)
            raise


class BrokenEngine(FakeEngine):
    """Cannot train anything."""

    def __init__(self, error: Exception):
        self.error = error

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0):
        """Begins, then fails."""
        yield MACHINE
        raise self.error


class ScatteringEngine(FakeEngine):
    """Accuracies scatter by three points, and all recipes but the baseline are `ahead`.

    Seeds from `hold` on fail with `error`, if there is one, or give signs of life until `go`.
    """

    def __init__(self, ahead: float = 0.0, hold: int = 1000, error: BaseException | None = None, shares: int = 1):
        self.ahead, self.hold, self.error = ahead, hold, error
        self.capacity = Capacity(shares=shares)
        self.go = threading.Event()
        self.begun: list[Run] = []
        self.ended_early: list[Run] = []
        self.is_held = False  # A run waits for the test.

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0):
        """The machine, perhaps signs of life or an error, an epoch, a result."""
        self.begun.append(run)
        yield self.machine
        try:
            while run.seed >= self.hold and not self.go.is_set():
                if self.error:
                    raise self.error
                yield Heartbeat()
                self.is_held = True
                time.sleep(0.01)
        except GeneratorExit:
            self.ended_early.append(run)
            raise
        ahead = self.ahead if run.recipe.values else 0.0
        accuracy = random.Random(run.name).gauss(0.6, 0.03) + ahead
        yield fake_epoch(test_accuracy=accuracy)
        yield fake_result(test_accuracy=accuracy)


def toy_run(seed: int) -> Run:
    """The baseline's run on the toy set with this seed."""
    return Run(recipe=Recipe(dataset="toy"), seed=seed)


def wait_until(condition, seconds: float = 5) -> None:
    """Waits until the condition holds; in vain is a failure."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def finish(
    recipe: Recipe,
    seed: int,
    accuracy: float = 0.5,
    diverged: bool = False,
    seconds: float = 1.0,
    settled: float | None = None,
    finished: str = "2026-11-28T00:00:00+00:00",
) -> Finished:
    """A finished run."""
    numbers = {"test_accuracy": accuracy, "diverged": diverged, "seconds": seconds, "images_per_second": 1.0}
    outcome = Outcome(**numbers, weights_sha256="", finished=finished)
    return Finished(run=Run(recipe=recipe, seed=seed), machine=MACHINE, outcome=outcome, settled=settled)


def finish_seeds(recipe: Recipe, accuracies: list[float], **changes) -> list:
    """Finished runs of the recipe, one a seed."""
    return [finish(recipe, seed, accuracy, **changes) for seed, accuracy in enumerate(accuracies)]


def train_fake(store: Store, run: Run) -> None:
    """Trains the run to its end, unless it is finished."""
    list(execute(store, FakeEngine(), run))
