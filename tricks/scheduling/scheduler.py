"""Who trains what, and what becomes of it: one queue for all visitors of this cache's servers."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from tricks.engines.engine import Engine
from tricks.recipe.measurements import Machine, Measurement
from tricks.recipe.run import Run
from tricks.recipe.work import Speed
from tricks.scheduling.conduct import Conduct
from tricks.scheduling.execution import Status, attempt, read_threads
from tricks.scheduling.journal import Journal
from tricks.scheduling.limits import NO_LIMITS, Limits
from tricks.scheduling.queue import LOOK_SECONDS, Queue
from tricks.scheduling.requests import Request, was_begun
from tricks.scheduling.troubles import Troubles
from tricks.scheduling.turns import Turn, plan_turn
from tricks.store.store import Store

CLOSING_SECONDS = 5.0  # That a run has to end by itself.
TROUBLE_SECONDS = 5.0  # Between tries to write to a cache that is full or read-only.


class Scheduler:
    """The queue as one server sees it: a thread for each engine hands out its turns, a thread follows each run.

    Other servers on the same cache share it. Asking twice for a run joins; a run ends when its last visitor withdraws.
    What is known of a run's expected seconds comes from `expect`; `conclude` is called with the request of every run
    that ended, also on another server; of one that was stopped here the visitors are those for whom it began.
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
        self._turns: dict[Run, Turn] = {}
        self._changed = threading.Condition()
        self._queue = Queue(store, limits, expect, self._changed.notify_all)
        self._conduct = Conduct(store, self._queue, self.journal, self.troubles)
        with self._changed:
            self._queue.look_at_files()
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

    def note_address(self, visitor: str, address: str) -> None:
        """From where a visitor without sign-in comes."""
        with self._changed:
            self._queue.allowance.note_address(visitor, address)

    def withdraw(self, run: Run, visitor: str) -> None:
        """Takes the visitor's request back; the run ends, resumable, when nobody else asks for it."""
        with self._changed:
            self._queue.withdraw(run, visitor)

    def queue(self, now: bool = False) -> tuple[Request, ...]:
        """The requests in the order of their turn, the running ones first; with what other servers know by `now`."""
        with self._changed:
            self._queue.look_at_files(now)
            return self._queue.order()

    def failures(self) -> list[Request]:
        """The requests that could not be trained, until somebody asks for them again."""
        with self._changed:
            return self._queue.failures.list()

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
            thread.join(CLOSING_SECONDS)
        for engine in self.engines:
            engine.stop()
        for thread in (*followers, *self._threads):  # Each has its request to write down.
            thread.join(CLOSING_SECONDS)

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
                self._conclude_others()

    def _conclude_others(self) -> None:
        """Does what is to be done after runs that ended on other servers."""
        with self._changed:
            ended = self._queue.take_gone()
        for request in ended:
            with self.troubles.survive():
                self._conclude(request)

    def _follow(self, turn: Turn) -> None:
        """Sees one run to its end."""
        ended = attempt(self.store, turn.engine, turn.run, self._follow_up, turn.threads, turn.shares)
        with self._changed:
            if ended.status is not Status.HELD_UP:
                del self._turns[turn.run]
            request = self._conduct.end(turn.run, ended, self._closed)
            request = replace(request, visitors=request.visitors or turn.visitors)  # What it has left is theirs.
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
        """Waits for the next run and marks it as running; None when there is news, or the scheduler is closed."""
        with self._changed:
            while not self._closed:
                self._queue.look_at_files()
                if turn := self._plan_turn(engine):
                    self._conduct.begin(turn)
                    self._turns[turn.run] = turn
                    return turn
                if self._queue.gone:
                    return None
                self._changed.wait(LOOK_SECONDS)
            return None

    def _plan_turn(self, engine: Engine) -> Turn | None:
        """The first in line's turn on this engine, once its shares are free: nobody overtakes it."""
        waiting = [each for each in self._queue.order() if not each.running and each.run not in self._turns]
        while waiting and self._queue.is_begun_elsewhere(waiting[0]):
            waiting.pop(0)
        if not waiting:
            return None
        first = waiting[0]
        resumed = read_threads(self.store, first.run) if was_begun(self.store.folder, first.run) else 0
        busy = [turn for turn in self._turns.values() if turn.engine is engine]
        return plan_turn(engine, first, resumed, busy, alone=len(waiting) == 1 and not busy)

    def _follow_up(self, run: Run, measurement: Measurement) -> bool:
        """Notes what a measurement says, and tells whether the run is to go on."""
        with self._changed:
            self._queue.look_at_files()
            engine = self._turns[run].engine
            at_once = 1 if engine.capacity.alone else sum(turn.engine is engine for turn in self._turns.values())
            return self._conduct.goes_on(self._turns[run], measurement, at_once) and not self._closed

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, timeout=TROUBLE_SECONDS)
