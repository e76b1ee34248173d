"""A run's file: one JSON object a line, written while it is trained and readable at any moment.

A header (recipe, seed, versions, machine), then losses and epochs as they come, then the outcome. A line that does not
end, or cannot be read, is skipped; `resumed` says at which step the training went on from its checkpoint, and what
stood beyond that step counts no more.
"""

import json
import math
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any

from tricks.recipe.recipe import VERSION, Recipe
from tricks.recipe.run import Epoch, GraphCheck, Losses, Machine, Preparing, Result, Run

MOST_STEPS = 10_000_000  # More than any recipe has: 200 epochs of single images.
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


@dataclass(kw_only=True)
class Record:
    """All that a run's file says so far; grows while the file does."""

    run: Run
    machine: Machine
    started: str
    losses: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0
    preparing: Preparing | None = None
    graph_check: GraphCheck | None = None
    resumed: list[dict[str, Any]] = field(default_factory=list)
    outcome: Outcome | None = None

    def take(self, line: dict[str, Any]) -> None:
        """Adds what one line says (KeyError, TypeError, ValueError when it is not a run's line)."""
        line = dict(line)
        match line.pop("kind"):
            case "losses":
                values = _read_losses(line["losses"])
                step, seconds = _check(line["step"], int), _check(line["seconds"], int | float)
                del self.losses[step:]
                # A damaged line before this one leaves a gap, not losses at the wrong steps.
                self.losses += [math.nan] * min(MOST_STEPS, step - len(self.losses)) + values
                self.seconds = seconds
                self.preparing = None
            case "epoch":
                self.epochs.append(Epoch(**_numbers(line)))
                self.seconds = self.epochs[-1].seconds
            case "resumed":
                step = _check(line["step"], int)
                machine = read_machine(line["machine"]) if "machine" in line else self.machine
                del self.losses[step:]
                self.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
                self.outcome, self.machine = None, machine
                self.resumed.append({"kind": "resumed", **line})
            case "proof":
                self.graph_check = GraphCheck(used=bool(line["used"]), reason=str(line["reason"]))
            case "preparing":
                fraction = None if line["fraction"] is None else _check(line["fraction"], int | float)
                self.preparing = Preparing(text=_check(line["text"], str), fraction=fraction)
            case "outcome":
                self.outcome = read_outcome(line)

    def take_line(self, line: bytes) -> None:
        """Adds what one line of the file says; a torn or damaged one is skipped."""
        try:
            self.take(json.loads(line))
        except DAMAGE:
            pass  # The rest of the file is still worth reading.


class OtherVersion(ValueError):
    """The file was written by another version of the numbers: not damaged, but no longer comparable."""


def write_header(run: Run, machine: Machine, started: str) -> dict[str, Any]:
    """The first line: all that decided the run, and what it was trained on."""
    recipe = {"dataset": run.recipe.dataset, "values": run.recipe.values}
    return {"kind": "header", "version": VERSION, "key": run.recipe.key, **recipe, "seed": run.seed} | {
        "machine": write_machine(machine),
        "started": started,
    }


def read_header(line: dict[str, Any]) -> Record:
    """The record that a header begins; a ValueError when its recipe is not one, or does not give its key, or is old."""
    if line["kind"] != "header":
        raise ValueError("the file does not begin with a header")
    if line["version"] != VERSION:
        raise OtherVersion(f"the file is of version {line['version']}")
    run = Run(recipe=_build_recipe(line["dataset"], json.dumps(line["values"])), seed=line["seed"])
    if run.recipe.key != line["key"]:
        raise ValueError("the recipe does not give the key")
    return Record(run=run, machine=read_machine(line["machine"]), started=str(line["started"]))


def write_machine(machine: Machine) -> dict[str, Any]:
    """The machine as a line tells of it: what is as on most machines is left out."""
    optional = {field.name: field.default for field in fields(Machine) if field.default is not MISSING}
    return {name: value for name, value in asdict(machine).items() if optional.get(name, MISSING) != value}


def read_machine(values: dict[str, Any]) -> Machine:
    """The machine that a line tells of (TypeError, ValueError when it is not one)."""
    return Machine(**{name: _check(value, int if name == "threads" else str) for name, value in values.items()})


def read_outcome(line: dict[str, Any]) -> Outcome:
    """The outcome that a line tells; a ValueError when it is not one."""
    outcome = Outcome(**line)
    numbers = (outcome.test_accuracy, outcome.seconds, outcome.images_per_second)
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise ValueError("the outcome's numbers are not numbers")
    if not (isinstance(outcome.diverged, bool) and 0 <= outcome.test_accuracy <= 1):
        raise ValueError("the outcome's accuracy is not a share")
    if not (isinstance(outcome.weights_sha256, str) and isinstance(outcome.finished, str)):
        raise ValueError("the outcome's hash and time are not texts")
    return outcome


def write_measurement(measurement: Losses | Epoch | Preparing | GraphCheck) -> dict[str, Any]:
    """A measurement as a line, in as many digits as mean something."""
    match measurement:
        case Losses():
            losses = [round(loss, 3) if math.isfinite(loss) else None for loss in measurement.losses]
            return {"kind": "losses", "step": measurement.step, "seconds": round(measurement.seconds, 3)} | {
                "losses": losses
            }
        case Epoch():
            return {"kind": "epoch"} | {name: _rounded(value) for name, value in asdict(measurement).items()}
        case Preparing():
            return {"kind": "preparing"} | asdict(measurement)
        case GraphCheck():
            return {"kind": "proof"} | asdict(measurement)


def write_record(record: Record) -> list[dict[str, Any]]:
    """All lines of a whole training but the outcome, with the losses of an epoch in one: a third of the live file."""
    lines = [write_header(record.run, record.machine, record.started)]
    lines += [write_measurement(record.graph_check)] if record.graph_check else []
    lines += record.resumed
    done = 0
    for epoch in record.epochs:
        losses = tuple(record.losses[done : epoch.step])
        lines.append(write_measurement(Losses(step=done, seconds=epoch.seconds, losses=losses)))
        lines.append(write_measurement(epoch))
        done = epoch.step
    return lines


def write_outcome(result: Result, finished: str) -> dict[str, Any]:
    """The last line, without the tensors."""
    numbers = asdict(result)
    del numbers["predictions"], numbers["weights"]
    return {"kind": "outcome"} | {name: _rounded(value) for name, value in numbers.items()} | {"finished": finished}


@lru_cache(maxsize=4096)  # Checking a recipe costs more than all else in a header, and its seeds share it.
def _build_recipe(dataset: str, values: str) -> Recipe:
    return Recipe(dataset=dataset, **json.loads(values))


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value, 5) if math.isfinite(value) else None


def _numbers(line: dict[str, Any]) -> dict[str, int | float]:
    whole = ("epoch", "step")
    return {
        name: math.nan if value is None and name not in whole else _check(value, int if name in whole else int | float)
        for name, value in line.items()
    }


def _read_losses(losses: list[Any]) -> list[float]:
    """As `_check`, for a whole line at once: a page reads hundreds of thousands of them."""
    known = [loss for loss in losses if loss is not None]
    if not set(map(type, known)) <= {int, float} or min(known, default=0) < 0 or not math.isfinite(sum(known)):
        raise ValueError("the losses are not such numbers")
    return [math.nan if loss is None else loss for loss in losses]


def _check(value: Any, kind: Any) -> Any:
    """The value, when it is of this kind; what is counted and measured here is never negative, nor endless."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not what stands there in a run's file")
    if not isinstance(value, str) and not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is no such number")
    return value
