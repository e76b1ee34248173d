"""A recipe: one frozen value with one field per trick, as the catalogue declares them.

Widgets, command-line settings, links, cache keys, labels and the tests' walk over the catalogue are all derived from
these fields. The default of every field is the baseline of the 2021 blog post, and means "off" for a trick.
"""

import dataclasses
import difflib
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tricks.catalogue.condition import ConditionTricks
from tricks.catalogue.data import DataTricks
from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.evaluation import EvaluationTricks
from tricks.catalogue.layers import LayerTricks
from tricks.catalogue.loss import LossTricks
from tricks.catalogue.model import ModelTricks
from tricks.catalogue.optimizer import OptimizerTricks
from tricks.catalogue.speed import SpeedTricks
from tricks.catalogue.trick import Trick, Value, short_repr

VERSION = 1  # Raised by hand when the same recipe and seed give other numbers; part of every key.

STAGES = {
    "model": "Network",
    "data": "Data",
    "loss": "Loss",
    "optimizer": "Optimiser",
    "evaluation": "Evaluation",
    "speed": "Speed",
    "condition": "Conditions",
}

# These tricks are older than the stage files; see `list_tricks`.
OLDER = (
    *("dense_width", "dense_layers", "batch_norm", "block", "grad_clip", "batch_size", "activation", "conv_width"),
    *("conv_dropout", "dense_dropout", "init", "normalize", "flip", "crop_padding", "label_smoothing", "optimizer"),
    *("learning_rate", "schedule", "weight_decay", "epochs", "precision"),
)


@dataclass(frozen=True, kw_only=True)
class Recipe(
    ConditionTricks,
    SpeedTricks,
    EvaluationTricks,
    OptimizerTricks,
    LossTricks,
    DataTricks,
    LayerTricks,
    ModelTricks,
):
    """All that decides a training but the seed. Values are checked on construction (ValueError, one sentence).

    A trick that has no effect beside the others is switched off, so that nothing is trained under two names.
    """

    dataset: str = "cifar10"  # What is learned: not a trick, but two datasets are never the same recipe.

    def __new__(cls, **values: Value):
        """Refuses a wrong name with a sentence, before Python's own TypeError."""
        for name in values:
            if name != "dataset":
                find_trick(name)
        return super().__new__(cls)

    def __post_init__(self):
        for name, trick in TRICKS.items():
            if (value := getattr(self, name)) is not trick.default:
                object.__setattr__(self, name, trick.check(value))
        if not isinstance(self.dataset, str) or self.dataset not in DATASETS:
            raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, not {short_repr(self.dataset)}")
        for name in self.idle:
            object.__setattr__(self, name, TRICKS[name].default)
        if self.batch_size > self.train_images:
            raise ValueError(
                f"batch_size must be at most {self.train_images}, the training images of {self.dataset},"
                f" not {self.batch_size}"
            )

    @property
    def idle(self) -> tuple[str, ...]:
        """The tricks that have no effect here, whatever their value."""
        return tuple(name for name in PERHAPS_IDLE if TRICKS[name].is_idle(self))

    @property
    def train_images(self) -> int:
        """How many images an epoch has."""
        return round(DATASETS[self.dataset].train_images * self.train_share)

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps of one epoch; the last batch may be smaller."""
        return math.ceil(self.train_images / self.batch_size)

    @property
    def baseline(self) -> "Recipe":
        """What it is compared with, so that like is: the same images and labels for as long, without a trick."""
        conditions = {name: value for name, value in self.values.items() if TRICKS[name].is_condition}
        return Recipe(dataset=self.dataset, epochs=self.epochs, **conditions)

    @property
    def objective(self) -> tuple[Value, ...]:
        """By what it is trained: losses can be held against each other where this is the same."""
        return tuple(getattr(self, name) for name in ("loss", "label_smoothing", "mixup", "cutmix"))

    @property
    def has_plain_loss(self) -> bool:
        """Whether it is trained by what an evaluation measures, as every baseline is."""
        return self.objective == self.baseline.objective

    @cached_property
    def values(self) -> dict[str, Value]:
        """The tricks that differ from the baseline, by name, in the catalogue's order."""
        return {name: getattr(self, name) for name in TRICKS if getattr(self, name) != TRICKS[name].default}

    @cached_property
    def label(self) -> str:
        """A name for people: what differs from the baseline, in words."""
        words = " + ".join(TRICKS[name].say(value) for name, value in self.values.items()) or "baseline"
        return words if self.dataset == "cifar10" else f"{words} ({self.dataset})"

    @cached_property
    def key(self) -> str:
        """A name for files: readable, then a hash of the differing values, the dataset and VERSION."""
        identity = {"values": self.values, "dataset": self.dataset, "version": VERSION}
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]
        words = [f"{name}={TRICKS[name].write(value)}" for name, value in self.values.items()] or ["baseline"]
        return ",".join([self.dataset, *words])[:80].rstrip(",") + "-" + digest


def list_tricks() -> Iterator[Trick]:
    """The tricks in the order of labels, links and the readable part of keys: those that are older than the stage files
    stand as they did then, so that no run's file changes its name."""
    declared = {field.name: field.metadata["trick"] for field in dataclasses.fields(Recipe) if field.name != "dataset"}
    for name in dict.fromkeys([*OLDER, *declared]):
        yield Trick(name=name, **declared[name])


TRICKS: dict[str, Trick] = {trick.name: trick for trick in list_tricks()}
PERHAPS_IDLE = tuple(name for name, trick in TRICKS.items() if trick.idle_with)


def find_trick(name: str) -> Trick:
    """The trick with this name; a ValueError suggests the nearest one."""
    if name in TRICKS:
        return TRICKS[name]
    near = find_near(name, cutoff=0.6)
    hint = f"did you mean {near}?" if near not in (None, name) else f"the tricks are {', '.join(TRICKS)}"
    raise ValueError(f"there is no trick {short_repr(name)}: {hint}")


def find_near(name: str, cutoff: float = 0.7) -> str | None:
    """The field whose name is nearest to this one, if any is near."""
    return next(iter(difflib.get_close_matches(name, [*TRICKS, "dataset"], n=1, cutoff=cutoff)), None)


def parse_values(texts: Mapping[str, str]) -> dict[str, Value]:
    """Values from their texts, as links and `--set` write them."""
    return {name: find_trick(name).parse(text) for name, text in texts.items()}


def fill_in(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values, with what the chosen ones fill in where nothing else is said: an optimiser its learning rate."""
    filled_in: dict[str, Value] = {}
    for name, value in values.items():
        filled_in |= find_trick(name).fills_in.get(value, {})
    return {**values, **{name: value for name, value in filled_in.items() if name not in values}}
