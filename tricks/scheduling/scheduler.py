"""Who trains what, and what becomes of it: one queue for all visitors of this server."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from tricks.engines.engine import Engine
from tricks.recipe.run import Heartbeat, Machine, Measurement, Run
from tricks.scheduling.execution import Attempt, Status, attempt, read_threads
from tricks.scheduling.fairness import take_turns
from tricks.scheduling.limits import NO_LIMITS, LimitExceeded, Limits
from tricks.scheduling.requests import Request, forget_request, read_queue, was_taken_back, write_request
from tricks.store.store import Store

TROUBLE_SECONDS = 5.0  # Between tries to write to a cache that is full or read-only.
LOOK_SECONDS = 0.5  # How often the queue's files are looked at, which the operator may delete.
MOST_DEATHS = 3  # Workers that one run may cost.
MOST_REQUESTS = 500
MOST_TROUBLES = 20


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A run that is trained, where, and how much of the device it takes; on a GPU its threads are 0."""

    run: Run
    engine: Engine
    threads: int
    shares: int


class Scheduler:
    """The queue of one server: a thread for each engine hands out its turns, and each run is followed by a thread.

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
        self._turns: dict[Run, Turn] = {}
        self._queue: tuple[Request, ...] | None = None
        self._changed = threading.Condition()
        self._looked = 0.0
        self._closed = False
        self._followers: set[threading.Thread] = set()
        self._threads = [threading.Thread(target=self._serve, args=(engine,), daemon=True) for engine in self.engines]
        for thread in self._threads:
            thread.start()

    @property
    def machine(self) -> Machine | None:
        """What runs are trained on, as far as it is known."""
        return next((engine.machine for engine in self.engines if engine.machine), None)

    @property
    def is_closed(self) -> bool:
        """Whether it ends, or has ended: what is no longer in its queue may go on after the next start."""
        return self._closed

    def at_once(self) -> AbstractContextManager:
        """Whatever is asked for within it counts as asked for at the same time: the first run knows that more wait."""
        return self._changed

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

    def turns(self) -> tuple[Turn, ...]:
        """What is trained."""
        with self._changed:
            return tuple(self._turns.values())

    def close(self) -> None:
        """Ends the runs in hand, resumable, and the engines."""
        with self._changed:
            self._closed = True
            followers = tuple(self._followers)
            self._changed.notify_all()
        for thread in followers:
            thread.join(timeout=5)
        for engine in self.engines:
            engine.stop()
        for thread in self._threads:
            thread.join(timeout=5)

    def _serve(self, engine: Engine) -> None:
        """Hands out the engine's turns, each to a thread of its own, until the scheduler is closed."""
        try:
            engine.start()
        except Exception:  # The first run tries again, and then somebody is told.
            traceback.print_exc()
        while turn := self._next(engine):
            follower = threading.Thread(target=self._follow, args=(turn,), name=turn.run.name, daemon=True)
            with self._changed:
                self._followers.add(follower)
                follower.start()

    def _follow(self, turn: Turn) -> None:
        """Sees one run to its end."""
        ended = attempt(self.store, turn.engine, turn.run, self._follow_up, turn.threads, turn.shares)
        with self._changed:
            if ended.status is not Status.HELD_UP:
                del self._turns[turn.run]
            self._end(turn.run, ended)
        self._conclude()
        if ended.status is Status.HELD_UP:
            self._rest(TROUBLE_SECONDS)
        with self._changed:
            if self._turns.get(turn.run) is turn:
                del self._turns[turn.run]
            self._followers.discard(threading.current_thread())
            self._tell()

    def _next(self, engine: Engine) -> Turn | None:
        """Waits for the next run and marks it as running; None when the scheduler is closed."""
        with self._changed:
            while not self._closed:
                self._drop_what_was_taken_back()
                if turn := self._plan_turn(engine):
                    request = self._requests[turn.run.name]
                    visitor = min(request.visitors, key=lambda visitor: self._served.get(visitor, 0))
                    self._served[visitor] = 1 + max(self._served.values(), default=0)
                    self._requests[turn.run.name] = replace(request, running=True)
                    self._turns[turn.run] = turn
                    self._tell()
                    return turn
                self._changed.wait(LOOK_SECONDS if self._requests else None)
            return None

    def _plan_turn(self, engine: Engine) -> Turn | None:
        """The first in line's turn on this engine, once its shares are free: nobody overtakes it."""
        waiting = [request for request in self.queue() if not request.running and request.run not in self._turns]
        if not waiting:
            return None
        request, capacity = waiting[0], engine.capacity
        busy = [turn for turn in self._turns.values() if turn.engine is engine]
        resumed = read_threads(self.store, request.run) if request.interrupted else 0
        threads = capacity.choose_threads(resumed, alone=len(waiting) == 1 and not busy)
        shares = capacity.shares if request.suspected else capacity.count_shares(threads)
        if shares + sum(turn.shares for turn in busy) > capacity.shares:
            return None
        return Turn(run=request.run, engine=engine, threads=threads, shares=shares)

    def _end(self, run: Run, ended: Attempt) -> None:
        """Decides what becomes of a request whose run has ended in this way."""
        request = replace(self._requests.pop(run.name), running=False, interrupted=True, waiting="")
        if ended.status is Status.WITHDRAWN and self.store.find(run):
            ended = Attempt(status=Status.DONE)  # It was withdrawn just after its last measurement.
        if ended.reason and ended.reason != request.trouble:
            self.troubles.append(HostError(at=time.time(), run=run, reason=ended.reason))
        request, ended = charge(request, ended)
        if ended.status is Status.FAILED:
            self._failures[run.name] = replace(request, deaths=0, failure=ended.reason)
        elif ended.status is not Status.DONE and request.visitors and not self._closed:
            trouble = ended.reason if ended.status is Status.HELD_UP else ""
            self._keep(replace(request, trouble=trouble))  # It goes on, now or when the trouble is over.
        goes_on_after_the_next_start = self._closed and request.visitors and ended.status not in OVER
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

    def _follow_up(self, run: Run, measurement: Measurement) -> bool:
        """Notes what a measurement says, and tells whether the run is to go on."""
        with self._changed:
            self._drop_what_was_taken_back()
            self._note(run, measurement)
            return self._is_wanted(run)

    def _note(self, run: Run, measurement: Measurement) -> None:
        """Notes what holds the run up, if anything does."""
        request = self._requests[run.name]
        waiting = measurement.text if isinstance(measurement, Heartbeat) else ""
        if request.waiting != waiting or request.trouble:
            self._requests[run.name] = replace(request, waiting=waiting, trouble="")
            self._tell()

    def _is_wanted(self, run: Run) -> bool:
        """Whether anybody still asks for the run."""
        return bool(self._requests[run.name].visitors) and not self._closed

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


OVER = (Status.DONE, Status.FAILED)


def charge(request: Request, ended: Attempt) -> tuple[Request, Attempt]:
    """Counts a death against the run that alone can have caused it; the last one sets it aside.

    Of several that a worker trained when it died none is charged, but each is suspected: it goes on alone, so that the
    next death is its own.
    """
    if ended.status is Status.DIED_IN_COMPANY:
        return replace(request, suspected=True), ended
    if ended.status is not Status.DIED:
        return request, ended
    request = replace(request, deaths=request.deaths + 1)
    if request.deaths < MOST_DEATHS:
        return request, ended
    reason = f"it was set aside after its worker died {request.deaths} times; the last time, {ended.reason}"
    return request, Attempt(status=Status.FAILED, reason=reason)
