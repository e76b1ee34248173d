"""The requests of all servers on one cache: in memory, in their order, and on disk. Its owner has the lock."""

import time
from collections.abc import Callable
from dataclasses import replace

from tricks.recipe.measurements import Checkpoint, Heartbeat, Machine, Measurement
from tricks.recipe.run import Run
from tricks.scheduling.allowance import Allowance
from tricks.scheduling.bans import check_ban
from tricks.scheduling.failures import Failures
from tricks.scheduling.fairness import take_turns
from tricks.scheduling.limits import Limits
from tricks.scheduling.queue_files import QueueFiles
from tricks.scheduling.requests import Request, read_queue, was_begun
from tricks.scheduling.served import Served
from tricks.scheduling.turns import format_set_aside, is_used_up
from tricks.store.store import Store

LOOK_SECONDS = 0.5  # How often the queue's files are looked at, which other servers and the operator change.
MOST_BEGUN = 20  # So many of the first in line are looked at, whether another server has begun them.


class Queue:
    """Who asks for what within their `allowance`, and why some of it failed; `tell` is called after every change.

    `gone` are the requests that others have ended or taken back, until they are taken from here.
    """

    def __init__(self, store: Store, limits: Limits, expect: Callable[[Request], float], tell: Callable[[], None]):
        self._store, self._folder = store, store.folder
        self._expect, self._tell = expect, tell
        self.allowance, self.failures = Allowance(limits, expect), Failures(self._folder)
        self._requests: dict[str, Request] = {each.run.name: each for each in read_queue(self._folder)}
        self._served = Served(self._folder)
        self._files = QueueFiles(self._folder)
        self.gone: list[Request] = []
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
        with self._files.locking():
            request = self._requests.get(run.name) or Request(run=run, visitors=frozenset(), asked=time.time())
            request = self._files.refresh(request, request.is_here)
            if not request.visitors:
                self.allowance.check(request, visitor, tuple(self._requests.values()))
            self._keep(replace(request, visitors=request.visitors | {visitor}))
        self.failures.forget(run)

    def withdraw(self, run: Run, visitor: str) -> None:
        """Takes the visitor's name off the run."""
        with self._files.locking():
            if request := self._requests.get(run.name):
                request = self._files.refresh(request, request.is_here)
                self._keep(replace(request, visitors=request.visitors - {visitor}))

    def order(self) -> tuple[Request, ...]:
        """The requests in the order of their turn, the running ones first."""
        if self._order is None:
            wanted = [request for request in self._requests.values() if request.visitors]
            running = [request for request in wanted if request.running]
            waiting = [request for request in wanted if not request.running]
            visitors = {visitor for request in waiting for visitor in request.visitors}
            self._order = (*running, *take_turns(waiting, self._served.choose(visitors)))
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
        with self._files.locking():
            self._served.look()
            turns = self._served.choose(self[run].visitors)
            self._served.note(min(self[run].visitors, key=lambda visitor: turns.get(visitor, 0)))
        self._change(replace(self[run], running=True))

    def hand_over(self, run: Run) -> Request:
        """Another process has begun the run just before this one."""
        self._change(replace(self[run], elsewhere=True, waiting=""))
        self._looked = 0.0
        return self[run]

    def end(self, run: Run) -> Request:
        """Takes the run out, begun and no longer running; its file stays until it is forgotten or kept."""
        request = self._requests.pop(run.name)
        self._changed()
        return replace(request, running=False, interrupted=True, waiting="")

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
        if counted != self[run]:
            self.keep(counted)

    def keep(self, request: Request) -> None:
        """Takes the request over, with those who ask for it by now, and writes it down; nobody's is forgotten."""
        with self._files.locking():
            self._keep(self._files.refresh(request, is_own=True))

    def forget(self, run: Run) -> None:
        """Takes away what was written down: nobody needs to ask for the run any more."""
        self._files.forget(run)

    def look_at_files(self, now: bool = False) -> None:
        """Takes over what others have changed, if it is time or `now`; what could not be kept is tried again.

        Whose file somebody has deleted, nobody asks for any more.
        """
        if not now and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        if self._served.look():
            self._changed()
        names = self._files.look()
        if names is None:  # Who deletes the whole cache takes no single request back.
            self._requests = {name: replace(each, kept=False) for name, each in self._requests.items()}
        else:
            self._take(names)
        for request in list(self._requests.values()):
            if request.visitors and not request.kept:
                self._requests[request.run.name] = self._files.write(request)
        self._look_elsewhere()
        self._set_aside()

    def take_gone(self) -> list[Request]:
        """The requests that others have ended or taken back since this was asked last."""
        gone, self.gone = self.gone, []
        return gone

    def is_begun_elsewhere(self, request: Request) -> bool:
        """Whether another process trains the run, looked at now; then it is marked so."""
        is_trained = self._store.is_locked(request.run.name)
        if is_trained and not request.elsewhere:
            self._change(replace(request, running=True, elsewhere=True, waiting="", trouble=""))
        return is_trained

    def _look_elsewhere(self) -> None:
        """Which of the first in line are trained by another process, and which are not any more."""
        for request in [each for each in self.order() if each.elsewhere or not each.running][:MOST_BEGUN]:
            if not self.is_begun_elsewhere(request) and request.elsewhere:
                was = was_begun(self._folder, request.run)
                ended = {"running": False, "elsewhere": False, "interrupted": was, "suspected": request.tries > 0}
                self._change(replace(request, **ended))

    def _set_aside(self) -> None:
        """Takes out the runs that have taken servers with them, as failures: none begins again by itself."""
        for request in filter(is_used_up, self.order()):
            if not request.running and not self.is_begun_elsewhere(request):
                self.end(request.run)
                self.forget(request.run)
                if not self._store.find(request.run):
                    self.failures.note(request, format_set_aside(request))

    def _take(self, names: list[str]) -> None:
        """Takes over what other processes have made of these requests."""
        for known in [self._requests[name] for name in names if name in self._requests]:
            now = self._files.refresh(known, known.is_here)
            if now.visitors or now.is_here:
                self._change(now)
            else:
                self.gone.append(self._requests.pop(known.run.name))
                if not self._store.find(known.run):
                    self.failures.hear(known.run)
                self._changed()
        for found in self._files.read([name for name in names if name not in self._requests]):
            self._change(found)

    def _keep(self, request: Request) -> None:
        if request.visitors:
            request = self._files.write(request)
        else:
            request = replace(request, kept=False)
            self._files.forget(request.run)
        if request.visitors or request.is_here:
            self._change(request)
        else:
            self._requests.pop(request.run.name, None)
            self._changed()

    def _change(self, request: Request) -> None:
        self._requests[request.run.name] = request
        self._changed()

    def _changed(self) -> None:
        self._order = None
        self._tell()
