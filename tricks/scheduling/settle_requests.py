"""What visitors have asked to be settled, kept as files beside the queue's, so that a restart disturbs no answer."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.kept import forget_kept, read_kept, read_one, write_kept
from tricks.scheduling.settle import Question, check_budget
from tricks.store.fields import MOST_NAME, read_text

FOLDER = "settle"


@dataclass(frozen=True, kw_only=True)
class SettleRequest:
    """A visitor's question, to be settled with `at_most` seeds of each side; `runs` are those that it waits for."""

    question: Question
    at_most: int
    visitor: str
    runs: tuple[Run, ...] = ()

    @property
    def name(self) -> str:
        """The same for the same question of the same visitor."""
        return name_settle(self.question, self.visitor)


def name_settle(question: Question, visitor: str) -> str:
    """The name of a visitor's question, which tells nobody who asks it."""
    identity = [*(recipe.key for recipe in question.sides), question.measure, visitor]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def read_settles(folder: Path) -> list[SettleRequest]:
    """What was not settled when the last server ended; what cannot be read is left out."""
    return read_kept(folder / FOLDER, _read)


def read_settle(folder: Path, name: str) -> SettleRequest | None:
    """The question of this file's name; None where there is none that can be read."""
    return read_one(folder / FOLDER / name, _read)


def write_settle(folder: Path, request: SettleRequest) -> None:
    """Writes the request down; in a folder that cannot be written it lasts as long as the server."""
    recipe, reference = request.question.sides
    kept = {
        "dataset": recipe.dataset,
        "recipe": recipe.values,
        "reference": reference.values,
        "measure": request.question.measure,
        "at_most": request.at_most,
        "visitor": request.visitor,
        "runs": [{"of": "recipe" if run.recipe == recipe else "reference", "seed": run.seed} for run in request.runs],
    }
    write_kept(settle_path(folder, request), kept)


def forget_settle(folder: Path, request: SettleRequest) -> None:
    """The question is settled, given up, or nobody's any more."""
    forget_kept(settle_path(folder, request))


def _read(kept: dict) -> SettleRequest:
    sides = {name: Recipe(dataset=kept["dataset"], **kept[name]) for name in ("recipe", "reference")}
    check_budget(kept["at_most"])
    return SettleRequest(
        question=Question(**sides, measure=str(kept["measure"])),
        at_most=kept["at_most"],
        visitor=read_text(kept["visitor"], MOST_NAME),
        runs=tuple(Run(recipe=sides[run["of"]], seed=run["seed"]) for run in kept["runs"]),
    )


def settle_path(folder: Path, request: SettleRequest) -> Path:
    """Where the question is kept."""
    return folder / FOLDER / f"{request.name}.json"
