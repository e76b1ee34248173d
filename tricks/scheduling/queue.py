"""The requests of one server: in memory, in their order, and on disk for its next start. Its owner has the lock."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tricks.recipe.measurements import Checkpoint, Heartbeat, Machine, Measurement
from tricks.recipe.run import Run
from tricks.scheduling.bans import check_ban
from tricks.scheduling.fairness import take_turns
from tricks.scheduling.limits import LimitExceeded, Limits
from tricks.scheduling.requests import Request, forget_request, may_keep, read_queue, was_taken_back, write_request
from tricks.scheduling.turns import format_set_aside, is_used_up

LOOK_SECONDS = 0.5  # How often the queue's files are looked at, which the operator may delete.
MOST_REQUESTS = 500
MOST_VISITORS = 10_000  # Whose addresses are known.


class Queue:
    """Who asks for what; `tell` is called after every change."""

    def __init__(self, folder: Path, limits: Limits, expect: Callable[[Request], float], tell: Callable[[], None]):
        self._folder, self._limits, self._expect, self._tell = folder, limits, expect, tell
        self._requests: dict[str, Request] = {each.run.name: each for each in read_queue(folder)}
        self._served: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        self._left_over: dict[str, Run] = {}  # Whose files could not be deleted, as on a read-only disk.
        self._order: tuple[Request, ...] | None = None
        self._looked = 0.0

    def __len__(self) -> int:
        return len(self._requests)

    def __contains__(self, run: Run) -> bool:
        return run.name in self._requests

    def __getitem__(self, run: Run) -> Request:
        return self._requests[run.name]

    def ask(self, run: Run, visitor: str) -> None:
        """Adds the run, or the visitor to those who asked for it before (LimitExceeded, one sentence)."""
        check_ban(self._folder, visitor)
        known = self._requests.get(run.name)
        request = known or Request(run=run, visitors=frozenset(), asked=time.time())
        if not request.visitors:
            self._check(request, visitor)
        self.keep(replace(request, visitors=request.visitors | {visitor}))

    def note_address(self, visitor: str, address: str) -> None:
        """From where the visitor comes: together with others there they may have so much in the queue."""
        self._addresses.pop(visitor, None)
        self._addresses[visitor] = address
        while len(self._addresses) > MOST_VISITORS:
            del self._addresses[next(iter(self._addresses))]

    def withdraw(self, run: Run, visitor: str) -> None:
        """Takes the visitor's name off the run."""
        if request := self._requests.get(run.name):
            self.keep(replace(request, visitors=request.visitors - {visitor}))

    def order(self) -> tuple[Request, ...]:
        """The requests in the order of their turn, the running ones first."""
        if self._order is None:
            wanted = [request for request in self._requests.values() if request.visitors]
            running = [request for request in wanted if request.running]
            waiting = [request for request in wanted if not request.running]
            self._order = (*running, *take_turns(waiting, self._served))
        return self._order

    def expect(self, run: Run) -> float:
        """The seconds that the run probably takes."""
        return self._expect(self[run])

    def is_awaited(self, run: Run) -> bool:
        """Whether anybody waits who has not asked for this run."""
        own = self[run].visitors
        return any(each.visitors - own and not each.running and not each.trouble for each in self._requests.values())

    def make_room(self, run: Run) -> None:
        """The run has taken its time, and goes on when its visitor's next turn comes."""
        self._change(replace(self[run], overdue=True))

    def begin(self, run: Run) -> None:
        """Marks the run as running: it was the turn of the visitor among its own who was served longest ago."""
        request = self[run]
        visitor = min(request.visitors, key=lambda visitor: self._served.get(visitor, 0))
        self._served[visitor] = 1 + max(self._served.values(), default=0)
        self._change(replace(request, running=True))

    def end(self, run: Run) -> Request:
        """Takes the run out, begun and no longer running; its file stays until it is forgotten or kept."""
        request = self._requests.pop(run.name)
        self._changed()
        return replace(request, running=False, interrupted=True, waiting="")

    def set_aside(self) -> list[Request]:
        """Takes out the runs that have taken the servers before with them, as failures: none begins again by itself."""
        used_up = list(filter(is_used_up, self.order()))
        for request in used_up:
            self.forget(request.run)
        return [replace(self.end(each.run), tries=0, failure=format_set_aside(each)) for each in used_up]

    def note(self, run: Run, measurement: Measurement) -> None:
        """Notes what holds the run up, if the measurement says that anything does, and counts the run's tries."""
        waiting = measurement.text if isinstance(measurement, Heartbeat) else ""
        if self[run].waiting != waiting or self[run].trouble:
            self._change(replace(self[run], waiting=waiting, trouble=""))
        counted = self[run]
        if isinstance(measurement, Machine):
            counted = replace(counted, tries=counted.tries + 1)
        elif isinstance(measurement, Checkpoint) and counted.tries > 1:
            counted = replace(counted, tries=1, suspected=False)
        if counted != self[run] and not was_taken_back(self._folder, counted):  # A new file would ask for it again.
            self.keep(counted)

    def keep(self, request: Request) -> None:
        """Takes the request over, and writes it down for the next start; nobody's is forgotten."""
        if request.visitors:
            self._left_over.pop(request.run.name, None)
            request = replace(request, kept=write_request(self._folder, request))
        else:
            request = replace(request, kept=False)
            self.forget(request.run)
        if request.visitors or request.running:
            self._change(request)
        else:
            self._requests.pop(request.run.name, None)
            self._changed()

    def forget(self, run: Run) -> None:
        """Takes away what was written down for the next start."""
        self._left_over.pop(run.name, None)
        if not forget_request(self._folder, run):
            self._left_over[run.name] = run

    def look_at_files(self) -> None:
        """Nobody asks any more for a run whose file somebody has deleted; what could not be kept is tried again."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        self._left_over = {name: run for name, run in self._left_over.items() if not forget_request(self._folder, run)}
        whole = may_keep(self._folder)  # Who deletes the whole cache takes no single request back.
        for request in list(self._requests.values()):
            request = request if whole else replace(request, kept=False)
            if was_taken_back(self._folder, request):
                self.keep(replace(request, visitors=frozenset()))
            elif request.visitors and not request.kept:
                self._requests[request.run.name] = replace(request, kept=write_request(self._folder, request))

    def _check(self, request: Request, visitor: str) -> None:
        """Refuses what is more than this host gives."""
        self._limits.check_recipe(request.run.recipe)
        if len(self) >= MOST_REQUESTS:
            raise LimitExceeded(f"{MOST_REQUESTS} runs are in the queue already: come back later")
        further, everything = self._expect(request) / 60, self._requests.values()
        own = [each for each in everything if visitor in each.visitors]
        self._limits.check_queue(sum(map(self._expect, own)) / 60, further)
        if address := self._addresses.get(visitor):
            near = [each for each in everything if address in map(self._addresses.get, each.visitors)]
            self._limits.check_address(sum(map(self._expect, near)) / 60, further)

    def _change(self, request: Request) -> None:
        self._requests[request.run.name] = request
        self._changed()

    def _changed(self) -> None:
        self._order = None
        self._tell()
