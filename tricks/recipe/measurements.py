"""What a training yields, as frozen values in plain Python."""

from dataclasses import dataclass

from tricks.stats.wording import format_quantity


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
