"""What visitors have asked for, kept as files, so that a server that was killed goes on where it was.

The file is the request: whoever deletes it, the operator too, takes the request back from all who asked.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.kept import forget_kept, may_read_kept, read_kept, read_one, write_kept
from tricks.store.fields import MOST_NAME, read_count, read_measured_number, read_text
from tricks.store.files import GROWING, run_path

FOLDER = "queue"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A run that visitors have asked for, at first at `asked`, in seconds since 1970.

    `kept`: it has its file. `elsewhere`: it is running in another process on this cache. `interrupted`: its training
    had begun and goes on at the next turn. `tries` counts how often it was begun since its last checkpoint, and is
    written down before it begins: it may take the server with it. `overdue`: it took much longer than expected, and
    made room for others. `suspected`: its worker died while it trained others too. `waiting` says what holds the run
    up, `trouble` what must be mended before it can go on, and `failure` why it could not be trained.
    """

    run: Run
    visitors: frozenset[str]
    asked: float = 0.0
    kept: bool = False
    running: bool = False
    elsewhere: bool = False
    overdue: bool = False
    interrupted: bool = False
    tries: int = 0
    suspected: bool = False
    waiting: str = ""
    trouble: str = ""
    failure: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it is running in this process."""
        return self.running and not self.elsewhere

    @property
    def deaths(self) -> int:
        """The tries since the last checkpoint that did not come to an orderly end."""
        return self.tries - (self.tries > 0 and self.running)


def read_queue(folder: Path) -> list[Request]:
    """The requests that are not done, oldest first; what cannot be read is left out."""
    found = read_kept(folder / FOLDER, lambda kept: parse_request(folder, kept))
    return sorted(found, key=lambda request: request.asked)


def read_request(folder: Path, name: str) -> Request | None:
    """The request for the run of this name, as it is kept now; None where there is none that can be read."""
    found = read_one(folder / FOLDER / f"{name}.json", lambda kept: parse_request(folder, kept))
    return found if found and found.run.name == name else None


def parse_request(folder: Path, kept: dict[str, Any]) -> Request:
    """A request as its file has it (an error of `DAMAGE`)."""
    run = Run(recipe=Recipe(dataset=kept["dataset"], **kept["values"]), seed=kept["seed"])
    tries = read_count(kept["deaths"])
    return Request(
        run=run,
        visitors=frozenset(read_text(visitor, MOST_NAME) for visitor in kept["visitors"]),
        asked=read_measured_number(kept["asked"]),
        kept=True,
        overdue=kept.get("overdue") is True,
        interrupted=was_begun(folder, run),
        tries=tries,
        suspected=tries > 0,
    )


def was_begun(folder: Path, run: Run) -> bool:
    """Whether the run was begun, and has not been finished."""
    return os.path.exists(run_path(folder, run, GROWING))


def may_read_queue(folder: Path) -> bool:
    """Whether this user may read all requests; others' are their owner's alone."""
    return may_read_kept(folder / FOLDER)


def write_request(folder: Path, request: Request) -> bool:
    """Writes the request down; False for a folder that cannot be written, which will be told of when the run begins."""
    return write_kept(request_path(folder, request.run), write_fields(request))


def forget_request(folder: Path, run: Run) -> bool:
    """The request is done, failed, or nobody's any more; False where its file cannot be deleted."""
    return forget_kept(request_path(folder, run))


def was_taken_back(folder: Path, request: Request) -> bool:
    """Whether somebody has deleted the request's file; a folder that is gone, or cannot be read, says nothing."""
    if not request.kept or not may_keep(folder):
        return False
    try:
        request_path(folder, request.run).stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def has_request(folder: Path, name: str) -> bool:
    """Whether somebody has asked for the run of this name, on any server of the cache."""
    return os.path.exists(folder / FOLDER / f"{name}.json")


def may_keep(folder: Path) -> bool:
    """Whether requests have their folder."""
    return os.path.isdir(folder / FOLDER)


def request_path(folder: Path, run: Run) -> Path:
    """Where the run's request is kept."""
    return folder / FOLDER / f"{run.name}.json"


def write_fields(request: Request) -> dict[str, Any]:
    """A request as its file has it."""
    run = request.run
    kept = {"dataset": run.recipe.dataset, "values": run.recipe.values, "seed": run.seed}
    kept |= {"visitors": sorted(request.visitors), "asked": request.asked, "deaths": request.tries}
    return kept | ({"overdue": True} if request.overdue else {})
