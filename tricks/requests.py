"""What visitors have asked for, kept as files, so that a server that was killed goes on where it was."""

import json
from dataclasses import dataclass
from pathlib import Path

from tricks.recipe import Recipe
from tricks.record import DAMAGE
from tricks.run import Run
from tricks.writer import replace_file


@dataclass(frozen=True, kw_only=True)
class Request:
    """A run that visitors have asked for; `waiting` says what holds it up, `failure` why it could not be trained."""

    run: Run
    visitors: frozenset[str]
    running: bool = False
    waiting: str = ""
    failure: str = ""


def read_queue(folder: Path) -> list[Request]:
    """The requests that were not done when the last server ended, oldest first; what cannot be read is left out."""
    found = []
    for path in (folder / "queue").glob("*.json"):
        try:
            kept = json.loads(path.read_text())
            run = Run(recipe=Recipe(dataset=kept["dataset"], **kept["values"]), seed=kept["seed"])
            request = Request(run=run, visitors=frozenset(map(str, kept["visitors"])))
            found.append((path.stat().st_mtime_ns, request))
        except (OSError, *DAMAGE):
            continue
    return [request for _, request in sorted(found, key=lambda each: each[0])]


def write_request(folder: Path, request: Request) -> None:
    """Writes the request down; a folder that cannot be written will be told of when the run begins."""
    run = request.run
    kept = {"dataset": run.recipe.dataset, "values": run.recipe.values, "seed": run.seed}
    try:
        (folder / "queue").mkdir(parents=True, exist_ok=True)
        content = json.dumps(kept | {"visitors": sorted(request.visitors)}).encode()
        replace_file(request_path(folder, run), content)
    except OSError:
        pass


def forget_request(folder: Path, run: Run) -> None:
    """The request is done, failed, or nobody's any more."""
    try:
        request_path(folder, run).unlink(missing_ok=True)
    except OSError:
        pass


def request_path(folder: Path, run: Run) -> Path:
    """Where the run's request is kept."""
    return folder / "queue" / f"{run.name}.json"
