"""What a run was trained on, as a line of its file tells of it."""

from dataclasses import MISSING, asdict, fields
from functools import lru_cache
from typing import Any

from tricks.recipe.measurements import Machine
from tricks.store.fields import MOST_NAME, MOST_TEXT, clean_text, read_count, read_text

MOST_THREADS = 10_000
DEVICES, LAYOUTS = ("cpu", "cuda"), ("channels_last", "contiguous")


def write_machine(machine: Machine) -> dict[str, Any]:
    """The machine as a line tells of it: what is as on most machines is left out."""
    optional = {field.name: field.default for field in fields(Machine) if field.default is not MISSING}
    values = {name: value for name, value in asdict(machine).items() if optional.get(name, MISSING) != value}
    return {
        name: clean_text(value, MOST_TEXT if name == "note" else MOST_NAME) if isinstance(value, str) else value
        for name, value in values.items()
    }


def read_machine(values: dict[str, Any]) -> Machine:
    """The machine that a line tells of (TypeError, ValueError when it is not one)."""
    return _build_machine(tuple(values.items()))


@lru_cache(maxsize=1024)  # Thousands of runs have one.
def _build_machine(items: tuple[tuple[str, Any], ...]) -> Machine:
    values = dict(items)
    texts = {name: read_text(value, MOST_NAME) for name, value in values.items() if name not in ("threads", "note")}
    machine = Machine(
        **texts, threads=read_count(values["threads"], MOST_THREADS), note=read_text(values.get("note", ""))
    )
    if machine.device not in DEVICES or machine.layout not in LAYOUTS:
        raise ValueError("there is no such device")
    return machine
