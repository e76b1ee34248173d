"""A run is a recipe and a seed. Here are its name and the frozen values that its training yields, in plain Python."""

import hashlib
import math
from dataclasses import dataclass

from tricks.recipe.recipe import Recipe
from tricks.stats.wording import format_quantity

MOST_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training: the recipe and the seed that all its random streams are derived from."""

    recipe: Recipe
    seed: int

    def __post_init__(self):
        if type(self.seed) is not int or not 0 <= self.seed <= MOST_SEED:
            raise ValueError(f"seed must be a whole number from 0 to {MOST_SEED}, not {self.seed!r}")

    @property
    def name(self) -> str:
        """The run's name in the cache."""
        return f"{self.recipe.key}-s{self.seed}"

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps of one epoch; the last batch may be smaller."""
        return math.ceil(self.recipe.train_images / self.recipe.batch_size)

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self.steps_per_epoch * self.recipe.epochs

    def derive_seed(self, purpose: str, epoch: int = 0) -> int:
        """The seed of one random stream, so that one purpose's draws never move another's, nor one epoch's the next."""
        digest = hashlib.sha256(f"{self.seed} {purpose} {epoch}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a run is trained on: part of its evidence, since rounding differs from machine to machine.

    An engine's first measurement; `train` itself starts after it. `layout` is how strict float32 images lie in its
    memory, "channels_last" or "contiguous"; `note` is a sentence on what a visitor should know of it, if anything.
    """

    device: str  # "cpu" or "cuda"
    name: str
    threads: int
    torch: str
    layout: str = "channels_last"
    note: str = ""

    @property
    def title(self) -> str:
        """The machine in a few words."""
        return f"{self.name}, {format_quantity(self.threads, 'thread')}" if self.device == "cpu" else self.name


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """A sign of life without a measurement, so that the run can be stopped in between; perhaps what it waits for."""

    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """The data is being fetched or read; `fraction` is None while unknown."""

    text: str
    fraction: float | None = None


@dataclass(frozen=True, kw_only=True)
class GraphCheck:
    """Whether the steps are taken as CUDA graphs, and why, or why not."""

    used: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The training losses of consecutive optimiser steps, of which the first is number `step` (from 0).

    `seconds` is the run's time when they were fetched.
    """

    step: int
    seconds: float
    losses: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """Measured after an epoch (from 1). Accuracies are fractions; the one on training images is taken while training.

    `seconds` is the whole run's time up to here, `images_per_second` this epoch's training alone, without evaluation.
    """

    epoch: int
    step: int
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """All that the rest of the training needs, after `epoch` epochs and `step` steps: safetensors bytes.

    `layout` is how the run's images lie in memory, on which its bits depend.
    """

    epoch: int
    step: int
    seconds: float
    state: bytes
    layout: str = "channels_last"


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a training ended. `predictions` (one class a test image) and `weights` are safetensors bytes."""

    test_accuracy: float
    diverged: bool
    seconds: float
    images_per_second: float
    weights_sha256: str
    predictions: bytes
    weights: bytes


Measurement = Machine | Heartbeat | Preparing | GraphCheck | Losses | Epoch | Checkpoint | Result
