"""What a run's file is written of: a line each for its header, its measurements and its outcome."""

import math
from dataclasses import asdict
from typing import Any

from tricks.recipe.measurements import Epoch, GraphCheck, Losses, Machine, Preparing, Result
from tricks.recipe.recipe import VERSION
from tricks.recipe.run import Run
from tricks.store.fields import clean_text
from tricks.store.machine import write_machine
from tricks.store.record import Record


def write_header(run: Run, machine: Machine, started: str) -> dict[str, Any]:
    """The first line: all that decided the run, and what it was trained on."""
    recipe = {"dataset": run.recipe.dataset, "values": run.recipe.values}
    return {"kind": "header", "version": VERSION, "key": run.recipe.key, **recipe, "seed": run.seed} | {
        "machine": write_machine(machine),
        "started": started,
    }


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
            return {"kind": "preparing", "text": clean_text(measurement.text), "fraction": measurement.fraction}
        case GraphCheck():
            return {"kind": "proof", "used": measurement.used, "reason": clean_text(measurement.reason)}


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


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value, 5) if math.isfinite(value) else None
