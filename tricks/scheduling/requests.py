"""What visitors have asked for, kept as files, so that a server that was killed goes on where it was.

The file is the request: whoever deletes it, the operator too, takes the request back from all who asked.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.kept import forget_kept, may_read_kept, read_kept, write_kept
from tricks.store.fields import MOST_NAME, read_count, read_measured_number, read_text
from tricks.store.files import GROWING, run_path


@dataclass(frozen=True, kw_only=True)
class Request:
    """A run that visitors have asked for, at first at `asked`, in seconds since 1970.

    `kept`: it has its file. `interrupted`: its training had begun and goes on at the next turn. `tries` counts how
    often it was begun since its last checkpoint, and is written down before it begins: it may take the server with it.
    `overdue`: it took much longer than expected, and made room for others. `suspected`: its worker died while it
    trained others too. `waiting` says what holds the run up, `trouble` what must be mended before it can go on, and
    `failure` why it could not be trained.
    """

    run: Run
    visitors: frozenset[str]
    asked: float = 0.0
    kept: bool = False
    running: bool = False
    overdue: bool = False
    interrupted: bool = False
    tries: int = 0
    suspected: bool = False
    waiting: str = ""
    trouble: str = ""
    failure: str = ""

    @property
    def deaths(self) -> int:
        """The tries since the last checkpoint that did not come to an orderly end."""
        return self.tries - (self.tries > 0 and self.running)


def read_queue(folder: Path) -> list[Request]:
    """The requests that were not done when the last server ended, oldest first; what cannot be read is left out."""

    def parse(kept: dict[str, Any]) -> Request:
        run = Run(recipe=Recipe(dataset=kept["dataset"], **kept["values"]), seed=kept["seed"])
        tries = read_count(kept["deaths"])
        return Request(
            run=run,
            visitors=frozenset(read_text(visitor, MOST_NAME) for visitor in kept["visitors"]),
            asked=read_measured_number(kept["asked"]),
            kept=True,
            interrupted=run_path(folder, run, GROWING).exists(),
            tries=tries,
            suspected=tries > 0,
        )

    return sorted(read_kept(folder / "queue", parse), key=lambda request: request.asked)


def may_read_queue(folder: Path) -> bool:
    """Whether this user may read all requests; others' are their owner's alone."""
    return may_read_kept(folder / "queue")


def write_request(folder: Path, request: Request) -> bool:
    """Writes the request down; False for a folder that cannot be written, which will be told of when the run begins."""
    run = request.run
    kept = {"dataset": run.recipe.dataset, "values": run.recipe.values, "seed": run.seed}
    kept |= {"visitors": sorted(request.visitors), "asked": request.asked, "deaths": request.tries}
    return write_kept(request_path(folder, run), kept)


def forget_request(folder: Path, run: Run) -> bool:
    """The request is done, failed, or nobody's any more; False where its file cannot be deleted."""
    return forget_kept(request_path(folder, run))


def may_keep(folder: Path) -> bool:
    """Whether requests have their folder."""
    return (folder / "queue").is_dir()


def was_taken_back(folder: Path, request: Request) -> bool:
    """Whether somebody has deleted the request's file; a folder that cannot be read says nothing."""
    if not request.kept:
        return False
    try:
        request_path(folder, request.run).stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def request_path(folder: Path, run: Run) -> Path:
    """Where the run's request is kept."""
    return folder / "queue" / f"{run.name}.json"
