"""Why runs could not be trained, until somebody asks for them again; other servers on the cache hear of it by files."""

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tricks.recipe.run import Run
from tricks.scheduling.kept import forget_kept, list_kept_paths, read_one, write_kept
from tricks.scheduling.requests import Request, parse_request, write_fields
from tricks.store.fields import clean_text, read_text

FOLDER = "failed"
KEPT_SECONDS = 86_400.0  # Nobody waits for a reason any longer.


class Failures:
    """The requests that could not be trained, by their runs' names; threads take the scheduler's lock."""

    def __init__(self, folder: Path):
        self._folder = folder / FOLDER
        self._cache = folder
        self._failed: dict[str, Request] = {}
        for path in list_kept_paths(self._folder):
            with suppress(OSError):
                if path.lstat().st_mtime < time.time() - KEPT_SECONDS:
                    path.unlink()

    def list(self) -> list[Request]:
        """All that nobody, on any server, has asked for again, the first ones first."""
        return [each for each in self._failed.values() if not each.kept or self._path(each.run).exists()]

    def note(self, request: Request, reason: str) -> None:
        """The run was not trained here, for this reason."""
        failed = replace(request, tries=0, failure=reason)
        kept = write_kept(self._path(request.run), write_fields(failed) | {"failure": clean_text(reason)})
        self._failed[request.run.name] = replace(failed, kept=kept)

    def hear(self, run: Run) -> None:
        """Another server does not train the run any more, perhaps since it could not."""

        def parse(kept: dict[str, Any]) -> Request:
            return replace(parse_request(self._cache, kept), tries=0, failure=read_text(kept["failure"]))

        if failed := read_one(self._path(run), parse):
            self._failed[run.name] = failed

    def forget(self, run: Run) -> None:
        """Somebody asks for the run again."""
        self._failed.pop(run.name, None)
        forget_kept(self._path(run))

    def _path(self, run: Run) -> Path:
        return self._folder / f"{run.name}.json"
