"""What visitors have asked to be settled, kept as files beside the queue's, so that a restart disturbs no answer."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.settle import Question, check_budget
from tricks.store.record import DAMAGE
from tricks.store.writer import replace_file

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
    found = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            found.append(_read(json.loads(path.read_text())))
        except (OSError, *DAMAGE):
            continue
    return found


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
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        replace_file(_path(folder, request), json.dumps(kept).encode())
    except OSError:
        pass


def forget_settle(folder: Path, request: SettleRequest) -> None:
    """The question is settled, given up, or nobody's any more."""
    try:
        _path(folder, request).unlink(missing_ok=True)
    except OSError:
        pass


def _read(kept: dict) -> SettleRequest:
    sides = {name: Recipe(dataset=kept["dataset"], **kept[name]) for name in ("recipe", "reference")}
    check_budget(kept["at_most"])
    return SettleRequest(
        question=Question(**sides, measure=str(kept["measure"])),
        at_most=kept["at_most"],
        visitor=str(kept["visitor"]),
        runs=tuple(Run(recipe=sides[run["of"]], seed=run["seed"]) for run in kept["runs"]),
    )


def _path(folder: Path, request: SettleRequest) -> Path:
    return folder / FOLDER / f"{request.name}.json"
