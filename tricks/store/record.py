"""A run's file: one JSON object a line, written while it is trained and readable at any moment.

A header (recipe, seed, versions, machine), then losses and epochs as they come, then the outcome. A line that does not
end, or cannot be read, is skipped; `resumed` says at which step the training went on from its checkpoint, and what
stood beyond that step counts no more.
"""

import json
import math
from array import array
from dataclasses import dataclass, field, fields
from typing import Any

from tricks.recipe.measurements import Epoch, GraphCheck, Machine, Preparing
from tricks.recipe.recipe import VERSION, Recipe
from tricks.recipe.run import Run
from tricks.store.fields import (
    MOST_NAME,
    MOST_SECONDS,
    read_count,
    read_flag,
    read_measured,
    read_measured_number,
    read_share,
    read_text,
    read_time,
)
from tricks.store.machine import read_machine, write_machine

MOST_RESUMED = 10_000
MOST_RECIPES = 20_000  # Kept in mind.
# All that reading a line of a damaged or foreign file can raise, deep nesting and huge numbers included.
DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended; `finished` is a time in ISO 8601, UTC."""

    test_accuracy: float
    diverged: bool
    seconds: float
    images_per_second: float
    weights_sha256: str
    finished: str


OUTCOME = {field.name for field in fields(Outcome)}


@dataclass(kw_only=True)
class Record:
    """All that a run's file says so far; grows while the file does."""

    run: Run
    machine: Machine
    started: str
    losses: array = field(default_factory=lambda: array("d"))  # Millions, and a quarter of a list's memory.
    epochs: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0
    preparing: Preparing | None = None
    graph_check: GraphCheck | None = None
    resumed: list[dict[str, Any]] = field(default_factory=list)
    outcome: Outcome | None = None

    def apply(self, line: dict[str, Any]) -> None:
        """Adds what one line says (KeyError, TypeError, ValueError when it is not a run's line)."""
        match line["kind"]:
            case "losses":
                self._apply_losses(line)
            case "epoch":
                epoch = read_epoch(line, self.run)
                if self.epochs and epoch.epoch <= self.epochs[-1].epoch:
                    raise ValueError("the epoch has been before")
                self.epochs.append(epoch)
                self.seconds = epoch.seconds
            case "resumed":
                self._apply_resumed(line)
            case "proof":
                self.graph_check = GraphCheck(used=read_flag(line["used"]), reason=read_text(line["reason"]))
            case "preparing":
                fraction = None if line["fraction"] is None else read_share(line["fraction"])
                self.preparing = Preparing(text=read_text(line["text"]), fraction=fraction)
            case "outcome":
                self.outcome = read_outcome(line)

    def _apply_losses(self, line: dict[str, Any]) -> None:
        values, seconds = _read_losses(line["losses"]), read_measured_number(line["seconds"], MOST_SECONDS)
        step = read_count(line["step"], self.run.steps - len(values))
        del self.losses[step:]
        # A damaged line before this one leaves a gap, not losses at the wrong steps.
        self.losses.extend([math.nan] * (step - len(self.losses)))
        self.losses.extend(values)
        self.seconds, self.preparing = seconds, None

    def _apply_resumed(self, line: dict[str, Any]) -> None:
        step = read_count(line["step"], self.run.steps)
        machine = read_machine(line["machine"]) if "machine" in line else self.machine
        if len(self.resumed) == MOST_RESUMED:
            raise ValueError("no run was resumed so often")
        known = {"machine": write_machine(machine)} if "machine" in line else {}
        known |= {"at": read_time(line["at"])} if "at" in line else {}
        del self.losses[step:]
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
        self.outcome, self.machine = None, machine
        self.resumed.append({"kind": "resumed", "step": step, **known})

    def apply_line(self, line: bytes) -> None:
        """Adds what one line of the file says; a torn or damaged one is skipped."""
        try:
            self.apply(json.loads(line))
        except DAMAGE:
            pass  # The rest of the file is still worth reading.


class OtherVersion(ValueError):
    """The file was written by another version of the numbers: not damaged, but no longer comparable."""


def read_header(line: dict[str, Any]) -> Record:
    """The record that a header begins; a ValueError when its recipe is not one, or does not give its key, or is old."""
    if line["kind"] != "header":
        raise ValueError("the file does not begin with a header")
    if line["version"] != VERSION:
        raise OtherVersion(f"the file is of version {line['version']}")
    run = Run(recipe=_build_recipe(line["dataset"], line["values"]), seed=line["seed"])
    if run.recipe.key != line["key"]:
        raise ValueError("the recipe does not give the key")
    started = read_time(line["started"]) if line["started"] else ""  # The index leaves it out.
    return Record(run=run, machine=read_machine(line["machine"]), started=started)


def read_epoch(line: dict[str, Any], run: Run) -> Epoch:
    """An epoch of the run (KeyError, ValueError when it is none)."""
    return Epoch(
        epoch=read_count(line["epoch"], run.recipe.epochs),
        step=read_count(line["step"], run.steps),
        train_accuracy=read_measured(line["train_accuracy"], 1),
        test_loss=read_measured(line["test_loss"]),
        test_accuracy=read_measured(line["test_accuracy"], 1),
        seconds=read_measured_number(line["seconds"], MOST_SECONDS),
        images_per_second=read_measured(line["images_per_second"]),
    )


def read_outcome(line: dict[str, Any]) -> Outcome:
    """The outcome that a line tells (KeyError, ValueError when it is not one)."""
    if line.keys() - {"kind"} != OUTCOME:
        raise ValueError("there is more in the line than an outcome, or less")
    return Outcome(
        test_accuracy=read_share(line["test_accuracy"]),
        diverged=read_flag(line["diverged"]),
        seconds=read_measured_number(line["seconds"], MOST_SECONDS),
        images_per_second=read_measured_number(line["images_per_second"]),
        weights_sha256=read_text(line["weights_sha256"], MOST_NAME),
        finished=read_time(line["finished"]),
    )


_recipes: dict[str, Recipe] = {}


def _build_recipe(dataset: Any, values: dict[str, Any]) -> Recipe:
    """The recipe, built once: checking it costs more than all else in a header, and its seeds share it."""
    known = repr((dataset, values))
    if known not in _recipes:
        if len(_recipes) >= MOST_RECIPES:
            _recipes.clear()
        _recipes[known] = Recipe(dataset=dataset, **values)
    return _recipes[known]


def _read_losses(losses: list[Any]) -> list[float]:
    """As `read_measured`, for a whole line at once: a page reads hundreds of thousands of them."""
    known = [loss for loss in losses if loss is not None]
    if not set(map(type, known)) <= {int, float} or min(known, default=0) < 0 or not max(known, default=0) < math.inf:
        raise ValueError("the losses are not such numbers")
    return [math.nan if loss is None else loss for loss in losses]
