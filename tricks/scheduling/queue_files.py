"""The queue's files, on which all servers of a cache agree: each change is made to what a file says at that moment."""

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from tricks.recipe.run import Run
from tricks.scheduling.kept import Watch, locking
from tricks.scheduling.requests import (
    FOLDER,
    Request,
    forget_request,
    read_request,
    request_path,
    was_taken_back,
    write_request,
)


class QueueFiles:
    """Reads and writes requests; what others have changed is told once."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._watch = Watch(folder / FOLDER)
        self._watch.list_changes()
        self._left_over: dict[str, Run] = {}  # Whose files could not be deleted, as on a read-only disk.

    def locking(self) -> AbstractContextManager:
        """No other server changes a request within it."""
        return locking(self._folder / FOLDER)

    def write(self, request: Request) -> Request:
        """Writes the request down; it then is `kept`, where that could be done."""
        self._left_over.pop(request.run.name, None)
        request = replace(request, kept=write_request(self._folder, request))
        self._watch.note(request_path(self._folder, request.run))
        return request

    def forget(self, run: Run) -> None:
        """Deletes the run's request, now or as soon as that can be done."""
        self._left_over.pop(run.name, None)
        if not forget_request(self._folder, run):
            self._left_over[run.name] = run
        self._watch.note(request_path(self._folder, run))

    def refresh(self, request: Request, is_own: bool) -> Request:
        """The request as its file has it now: with who has asked elsewhere, without who has taken it back.

        Of a run that this server trains, or has just trained, it knows itself best how often it was tried (`is_own`).
        """
        found = read_request(self._folder, request.run.name)
        if found is None:
            is_gone = was_taken_back(self._folder, request)
            return replace(request, visitors=frozenset(), kept=False) if is_gone else request
        visitors = found.visitors if request.kept else found.visitors | request.visitors
        now = replace(request, visitors=visitors, kept=True, asked=found.asked)
        if is_own:
            return now
        return replace(now, tries=found.tries, suspected=found.suspected, overdue=found.overdue)

    def look(self) -> list[str] | None:
        """The names of the runs whose requests others have changed; None where there is no folder of the queue."""
        self._left_over = {name: run for name, run in self._left_over.items() if not forget_request(self._folder, run)}
        changes = self._watch.list_changes()
        if changes is None:
            return None
        return [name.removesuffix(".json") for name in (*changes.new, *changes.gone)]

    def read(self, names: list[str]) -> list[Request]:
        """Those requests of the runs of these names that can be read, oldest first."""
        wanted = (read_request(self._folder, name) for name in names if name not in self._left_over)
        return sorted((each for each in wanted if each and each.visitors), key=lambda request: request.asked)
