"""Who trains what, and what becomes of it: one queue for all visitors of this server."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tricks.recipe.run import Heartbeat, Machine, Measurement, Run
from tricks.scheduling.execution import Attempt, Engine, attempt
from tricks.scheduling.fairness import take_turns
from tricks.scheduling.limits import NO_LIMITS, LimitExceeded, Limits
from tricks.scheduling.requests import Request, forget_request, read_queue, was_taken_back, write_request
from tricks.store.store import Store

TROUBLE_SECONDS = 5.0  # Between tries to write to a cache that is full or read-only.
LOOK_SECONDS = 0.5  # How often the queue's files are looked at, which the operator may delete.
MOST_DEATHS = 3  # Workers that one run may cost.
MOST_REQUESTS = 500
MOST_TROUBLES = 20


class Scheduler:
    """The queue of one server, worked off by one thread for each engine.

    Asking twice for a run joins; a run ends when its last visitor withdraws. What is known of a run's expected seconds
    comes from `expect`; `conclude` is called after every run that ended.
    """

    def __init__(
        self,
        store: Store,
        engines: Sequence[Engine],
        limits: Limits = NO_LIMITS,
        expect: Callable[[Request], float] = lambda request: 0.0,
        conclude: Callable[[], None] = lambda: None,
    ):
        self.store = store
        self.engines = tuple(engines)
        self.troubles: deque[HostError] = deque(maxlen=MOST_TROUBLES)
        self._limits, self._expect, self._conclude = limits, expect, conclude
        self._requests: dict[str, Request] = {each.run.name: each for each in read_queue(store.folder)}
        self._served: dict[str, int] = {}
        self._failures: dict[str, Request] = {}
        self._training: dict[Engine, Run] = {}
        self._queue: tuple[Request, ...] | None = None
        self._changed = threading.Condition()
        self._looked = 0.0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, args=(engine,), name=f"slot {number}", daemon=True)
            for number, engine in enumerate(engines)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def machine(self) -> Machine | None:
        """What runs are trained on, as far as it is known."""
        return next((engine.machine for engine in self.engines if engine.machine), None)

    def ask(self, run: Run, visitor: str) -> None:
        """Puts the run into the queue, or joins those who asked for it before (LimitExceeded, one sentence)."""
        with self._changed:
            known = self._requests.get(run.name)
            request = known or Request(run=run, visitors=frozenset(), asked=time.time())
            if not request.visitors:
                self._check(request, visitor)
            self._failures.pop(run.name, None)
            self._keep(replace(request, visitors=request.visitors | {visitor}))
            self._tell()

    def withdraw(self, run: Run, visitor: str) -> None:
        """Takes the visitor's request back; the run ends, resumable, when nobody else asks for it."""
        with self._changed:
            if request := self._requests.get(run.name):
                self._keep(replace(request, visitors=request.visitors - {visitor}))
            self._tell()

    def queue(self) -> tuple[Request, ...]:
        """The requests in the order of their turn, the running ones first."""
        with self._changed:
            if self._queue is None:
                wanted = [request for request in self._requests.values() if request.visitors]
                running = [request for request in wanted if request.running]
                waiting = [request for request in wanted if not request.running]
                self._queue = (*running, *take_turns(waiting, self._served))
            return self._queue

    def failures(self) -> list[Request]:
        """The requests that could not be trained, until somebody asks for them again."""
        with self._changed:
            return list(self._failures.values())

    def training(self) -> dict[Engine, Run]:
        """What each busy engine trains."""
        with self._changed:
            return dict(self._training)

    def close(self) -> None:
        """Ends the runs in hand, resumable, and the engines."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)
        for engine in self.engines:
            engine.stop()

    def _work(self, engine: Engine) -> None:
        try:
            engine.start()
        except Exception:  # The first run tries again, and then somebody is told.
            traceback.print_exc()
        while run := self._next(engine):
            ending = attempt(self.store, engine, run, self._is_wanted)
            with self._changed:
                del self._training[engine]
                self._end(run, ending)
            self._conclude()
            if ending.kind == "trouble":
                self._rest(TROUBLE_SECONDS)

    def _next(self, engine: Engine) -> Run | None:
        """Waits for the next run and marks it as running; None when the scheduler is closed."""
        with self._changed:
            while not self._closed:
                self._drop_what_was_taken_back()
                waiting = [request for request in self.queue() if not request.running]
                if waiting:
                    request = waiting[0]
                    visitor = min(request.visitors, key=lambda visitor: self._served.get(visitor, 0))
                    self._served[visitor] = 1 + max(self._served.values(), default=0)
                    self._requests[request.run.name] = replace(request, running=True)
                    self._training[engine] = request.run
                    self._tell()
                    return request.run
                self._changed.wait(LOOK_SECONDS if self._requests else None)
            return None

    def _end(self, run: Run, ending: Attempt) -> None:
        """Decides what becomes of a request whose run has ended in this way."""
        request = replace(self._requests.pop(run.name), running=False, interrupted=True, waiting="")
        if ending.kind == "withdrawn" and self.store.find(run):
            ending = Attempt(kind="done")  # It was withdrawn just after its last measurement.
        if ending.reason and ending.reason != request.trouble:
            self.troubles.append(HostError(at=time.time(), run=run, reason=ending.reason))
        if ending.kind == "death":
            request = replace(request, deaths=request.deaths + 1)
            if request.deaths >= MOST_DEATHS:
                reason = (
                    f"it was set aside after its worker died {request.deaths} times; the last time, {ending.reason}"
                )
                ending = Attempt(kind="failure", reason=reason)
        if ending.kind == "failure":
            self._failures[run.name] = replace(request, deaths=0, failure=ending.reason)
        elif ending.kind != "done" and request.visitors and not self._closed:
            trouble = ending.reason if ending.kind == "trouble" else ""
            self._keep(replace(request, trouble=trouble))  # It goes on, now or when the trouble is over.
        goes_on_after_the_next_start = self._closed and request.visitors and ending.kind not in ("done", "failure")
        if run.name not in self._requests and not goes_on_after_the_next_start:
            forget_request(self.store.folder, run)
        self._tell()

    def _check(self, request: Request, visitor: str) -> None:
        """Refuses what is more than this host gives."""
        self._limits.check_recipe(request.run.recipe)
        if len(self._requests) >= MOST_REQUESTS:
            raise LimitExceeded(f"{MOST_REQUESTS} runs are in the queue already: come back later")
        own = [each for each in self._requests.values() if visitor in each.visitors]
        self._limits.check_queue(sum(map(self._expect, own)) / 60, self._expect(request) / 60)

    def _keep(self, request: Request) -> None:
        """Takes the request over, and writes it down for the next start; nobody's is forgotten."""
        if request.visitors:
            request = replace(request, kept=write_request(self.store.folder, request))
        else:
            request = replace(request, kept=False)
            forget_request(self.store.folder, request.run)
        if request.visitors or request.running:
            self._requests[request.run.name] = request
        else:
            self._requests.pop(request.run.name, None)

    def _drop_what_was_taken_back(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        for request in list(self._requests.values()):
            if was_taken_back(self.store.folder, request):
                self._keep(replace(request, visitors=frozenset()))
                self._tell()

    def _is_wanted(self, run: Run, measurement: Measurement) -> bool:
        """Notes what holds the run up, and tells whether anybody still asks for it."""
        with self._changed:
            self._drop_what_was_taken_back()
            request = self._requests[run.name]
            waiting = measurement.text if isinstance(measurement, Heartbeat) else ""
            if request.waiting != waiting or request.trouble:
                self._requests[run.name] = replace(request, waiting=waiting, trouble="")
                self._tell()
            return bool(request.visitors) and not self._closed

    def _tell(self) -> None:
        """The queue is another one now."""
        self._queue = None
        self._changed.notify_all()

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, timeout=seconds)


@dataclass(frozen=True, kw_only=True)
class HostError:
    """Something that went wrong with a run at a time, in seconds since 1970."""

    at: float
    run: Run
    reason: str
