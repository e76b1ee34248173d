"""Who trains what, and what becomes of it: one queue for all visitors of this server."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from tricks.engines.engine import Engine
from tricks.recipe.measurements import Machine, Measurement
from tricks.recipe.run import Run
from tricks.recipe.work import Speed
from tricks.scheduling.execution import Attempt, Status, attempt, read_threads
from tricks.scheduling.journal import Journal
from tricks.scheduling.lateness import Lateness
from tricks.scheduling.limits import NO_LIMITS, Limits
from tricks.scheduling.queue import LOOK_SECONDS, Queue
from tricks.scheduling.requests import Request
from tricks.scheduling.troubles import Troubles
from tricks.scheduling.turns import Turn, charge, format_set_aside, is_used_up, plan_turn
from tricks.store.store import Store

TROUBLE_SECONDS = 5.0  # Between tries to write to a cache that is full or read-only.


class Scheduler:
    """The queue of one server: a thread for each engine hands out its turns, and each run is followed by a thread.

    Asking twice for a run joins; a run ends when its last visitor withdraws. What is known of a run's expected seconds
    comes from `expect`; `conclude` is called with the request after every run that ended.
    """

    def __init__(
        self,
        store: Store,
        engines: Sequence[Engine],
        limits: Limits = NO_LIMITS,
        expect: Callable[[Request], float] = lambda request: 0.0,
        conclude: Callable[[Request], None] = lambda request: None,
        journal: Journal | None = None,
    ):
        self.store = store
        self.journal = journal or Journal()
        self.engines = tuple(engines)
        self.troubles = Troubles()
        self._conclude = conclude
        self._failures: dict[str, Request] = {}
        self._turns: dict[Run, Turn] = {}
        self._lateness = Lateness()
        self._changed = threading.Condition()
        self._queue = Queue(store.folder, limits, expect, self._changed.notify_all)
        self._set_aside_what_is_used_up()
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
    def speed(self) -> Speed | None:
        """How fast that is, as far as it was measured."""
        return next((engine.speed for engine in self.engines if engine.machine), None)

    @property
    def is_closed(self) -> bool:
        """Whether it ends, or has ended: what is no longer in its queue may go on after the next start."""
        return self._closed

    def at_once(self) -> AbstractContextManager:
        """Whatever is asked for within it counts as asked for at the same time: the first run knows that more wait."""
        return self._changed

    def ask(self, run: Run, visitor: str) -> None:
        """Puts the run into the queue, or joins those who asked for it before (LimitExceeded, one sentence)."""
        with self._changed, self.journal.note_asking(run, visitor):
            self._queue.ask(run, visitor)
            self._failures.pop(run.name, None)

    def note_address(self, visitor: str, address: str) -> None:
        """From where a visitor without sign-in comes."""
        with self._changed:
            self._queue.note_address(visitor, address)

    def withdraw(self, run: Run, visitor: str) -> None:
        """Takes the visitor's request back; the run ends, resumable, when nobody else asks for it."""
        with self._changed:
            self._queue.withdraw(run, visitor)

    def queue(self) -> tuple[Request, ...]:
        """The requests in the order of their turn, the running ones first."""
        with self._changed:
            return self._queue.order()

    def failures(self) -> list[Request]:
        """The requests that could not be trained, until somebody asks for them again."""
        with self._changed:
            return list(self._failures.values())

    def turns(self) -> tuple[Turn, ...]:
        """What is trained."""
        with self._changed:
            return tuple(self._turns.values())

    def count_gone_threads(self) -> int:
        """How many threads have ended that should not have: each engine's, and that of each run in training."""
        with self._changed:
            return 0 if self._closed else sum(not each.is_alive() for each in (*self._threads, *self._followers))

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

    def _set_aside_what_is_used_up(self) -> None:
        """A run that has taken the servers before with it is not begun again by itself."""
        with self._changed:
            for request in filter(is_used_up, self._queue.order()):
                failed = replace(self._queue.end(request.run), tries=0, failure=format_set_aside(request))
                self._failures[request.run.name] = failed
                self._queue.forget(request.run)

    def _serve(self, engine: Engine) -> None:
        """Hands out the engine's turns, each to a thread of its own, until the scheduler is closed."""
        with self.troubles.survive():  # The first run tries again.
            engine.warm_up()
        while not self._closed:
            with self.troubles.survive(self._rest):
                if turn := self._next(engine):
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
            request = self._end(turn.run, ended)
        with self.troubles.survive():
            self._conclude(request)
        if ended.status is Status.HELD_UP:
            self._rest()
        with self._changed:
            if self._turns.get(turn.run) is turn:
                del self._turns[turn.run]
            self._followers.discard(threading.current_thread())
            self._changed.notify_all()

    def _next(self, engine: Engine) -> Turn | None:
        """Waits for the next run and marks it as running; None when the scheduler is closed."""
        with self._changed:
            while not self._closed:
                self._queue.look_at_files()
                if turn := self._plan_turn(engine):
                    self._lateness.begin(turn.run, self._queue.expect(turn.run))
                    self._turns[turn.run] = turn
                    self._queue.begin(turn.run)
                    self.journal.note("began", turn.run, place=engine.place)
                    return turn
                self._changed.wait(LOOK_SECONDS if len(self._queue) else None)
            return None

    def _plan_turn(self, engine: Engine) -> Turn | None:
        """The first in line's turn on this engine, once its shares are free: nobody overtakes it."""
        waiting = [request for request in self.queue() if not request.running and request.run not in self._turns]
        if not waiting:
            return None
        first = waiting[0]
        resumed = read_threads(self.store, first.run) if first.interrupted else 0
        busy = [turn for turn in self._turns.values() if turn.engine is engine]
        return plan_turn(engine, first, resumed, busy, alone=len(waiting) == 1 and not busy)

    def _end(self, run: Run, ended: Attempt) -> Request:
        """Decides what becomes of a request whose run has ended in this way; returns it as it was in the end."""
        request = self._queue.end(run)
        self._lateness.end(run)
        if ended.status is Status.WITHDRAWN and self.store.find(run):
            ended = Attempt(status=Status.DONE)  # It was withdrawn just after its last measurement.
        if ended.reason and ended.reason != request.trouble:
            self.troubles.note(ended.reason, run)
        request, ended = charge(request, ended)
        self.journal.note(ended.status.name.lower(), run, reason=ended.reason)
        if ended.status is Status.FAILED:
            self._failures[run.name] = replace(request, tries=0, failure=ended.reason)
        elif ended.status is not Status.DONE and request.visitors and not self._closed:
            trouble = ended.reason if ended.status is Status.HELD_UP else ""
            self._queue.keep(replace(request, trouble=trouble))  # It goes on, now or when the trouble is over.
        goes_on_after_the_next_start = self._closed and request.visitors and not ended.is_over
        if run not in self._queue and not goes_on_after_the_next_start:
            self._queue.forget(run)
        return request

    def _follow_up(self, run: Run, measurement: Measurement) -> bool:
        """Notes what a measurement says, and tells whether the run is to go on."""
        with self._changed:
            self._queue.look_at_files()
            self._queue.note(run, measurement)
            return bool(self._queue[run].visitors) and not self._closed and not self._makes_room(run, measurement)

    def _makes_room(self, run: Run, measurement: Measurement) -> bool:
        """Whether the run takes so much longer than expected that others who wait go on first."""
        engine = self._turns[run].engine
        at_once = 1 if engine.capacity.alone else sum(turn.engine is engine for turn in self._turns.values())
        if not self._lateness.is_late(run, measurement, at_once) or not self._queue.is_awaited(run):
            return False
        self._queue.make_room(run)
        return True

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, timeout=TROUBLE_SECONDS)
