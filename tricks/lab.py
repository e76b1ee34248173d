"""What all visitors of this process share: the store, the scheduler with its engines, and who settles questions."""

import heapq
import threading
from collections.abc import Callable, Sequence
from functools import cache

from tricks.engines.choose import open_engines
from tricks.engines.pictures import Pictures
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import DurationEstimate
from tricks.scheduling.fairness import Expected, forecast
from tricks.scheduling.journal import Journal, write_to_stderr
from tricks.scheduling.limits import Limits
from tricks.scheduling.owners import Owners
from tricks.scheduling.requests import Request, has_request, was_begun
from tricks.scheduling.scheduler import Scheduler
from tricks.scheduling.settler import Settler
from tricks.settings import Settings, read_settings
from tricks.stats.comparison import MEASURES
from tricks.store.cleanup import trim
from tricks.store.imported import OtherHosts
from tricks.store.index import Finished
from tricks.store.record import Record
from tricks.store.results import Results, gather
from tricks.store.store import Store

LATEST = 3
UNKNOWN_SECONDS = 600.0  # What a training is taken for while the cache has none to measure by.


class Lab:
    """The shared objects of one server."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.store = Store(settings.cache)
        self.owners = Owners(self.store)
        self.pictures = Pictures(settings.data)
        self.limits = Limits.read(settings.limits, settings.queue_minutes, settings.address_minutes)
        self._lock = threading.RLock()
        self._making_room = threading.Lock()
        self.others = OtherHosts(settings.cache)
        self._gathered: dict[bool, tuple[tuple[Finished, ...], tuple[Finished, ...], Results]] = {}
        self._latest: tuple[tuple[Finished, ...], list[Finished]] = ((), [])
        self._pace: tuple[object, DurationEstimate] | None = None
        self._opened = threading.Event()
        engines = open_engines(settings)
        journal = Journal(write_to_stderr) if settings.log == "json" else Journal()
        self.scheduler = Scheduler(self.store, engines, self.limits, self.expect_seconds, self.conclude, journal)
        self.settler = Settler(self.scheduler, self.results, lambda recipe: self.pace().expect(recipe))
        self._opened.set()
        self.settle()

    def results(self, imported: bool = False) -> Results:
        """The finished runs by recipe, gathered again only when there are others; imported ones only if asked for.

        Where another host has a run of the same recipe and seed, the own one counts.
        """
        others, own = self.others.finished() if imported else (), self.store.finished()
        known = self._gathered.get(imported)
        if known is None or known[0] is not others or known[1] is not own:
            self._gathered[imported] = known = (others, own, gather([*others, *own]))
        return known[2]

    def read_course(self, one: Finished) -> Record | None:
        """The finished run's epochs, of this host or another; None where its file cannot be read."""
        return (self.others.find_store(one.origin) if one.origin else self.store).read_course(one.run)

    def latest(self) -> list[Finished]:
        """The three runs that finished last, the newest first."""
        finished = self.store.finished()
        if finished is not self._latest[0]:
            newest = heapq.nlargest(LATEST, finished, key=lambda one: one.outcome.finished)
            self._latest = (finished, newest)
        return self._latest[1]

    def read_all(self) -> None:
        """Reads the cache once, and how much its recipes scatter, so that the first visitor does not wait for it."""
        for measure in MEASURES:
            self.results().prior(Recipe(), measure)
        self.pace()

    def pace(self) -> DurationEstimate:
        """How long trainings take here, measured again only when there are other runs."""
        basis = (self.store.finished(), self.scheduler.machine, self.scheduler.speed)
        with self._lock:
            known = self._pace
            if known is None or known[0][0] is not basis[0] or known[0][1:] != basis[1:]:
                self._pace = known = (basis, DurationEstimate.measure(*basis))
            return known[1]

    def expect_seconds(self, request: Request) -> float:
        """The seconds that the request's run probably still takes: by its own pace, once it has a whole epoch."""
        self._opened.wait()  # The first turn of the last server's queue may come before all is there.
        return self._expect(request, self.pace(), self._plan_threads(self.scheduler.queue())(request))

    def _expect(self, request: Request, pace: DurationEstimate, threads: int) -> float:
        is_begun = request.running or was_begun(self.store.folder, request.run)
        record = self.store.read(request.run) if is_begun else None
        done = len(record.losses) / request.run.steps if record else 0.0
        expected = pace.expect(request.run.recipe, threads)
        if done and request.running and (record.epochs or not expected):
            expected = record.seconds / done
        return (expected or UNKNOWN_SECONDS) * (1 - done)

    def _plan_threads(self, queue: Sequence[Request]) -> Callable[[Request], int]:
        """Tells the threads that the run of a request in the queue has or will have; 0 is all that one alone has."""
        threads = {turn.run: turn.threads for turn in self.scheduler.turns()}
        others = self.threads_beside() if len(queue) > 1 else 0
        return lambda request: threads.get(request.run, others)

    def threads_beside(self) -> int:
        """The threads of each run when many wait."""
        return self.scheduler.engines[0].capacity.beside

    def forecast(self) -> dict[Run, Expected]:
        """When the runs of the queue begin and end, probably."""
        turns = {turn.run: turn.shares for turn in self.scheduler.turns()}
        queue, capacities = self.scheduler.queue(), [engine.capacity for engine in self.scheduler.engines]
        alone = len(queue) == 1
        further = capacities[0].count_shares(capacities[0].choose_threads(resumed=0, alone=alone))
        shares = sum(capacity.shares for capacity in capacities)
        pace, plan = self.pace(), self._plan_threads(queue)  # Once for all: the queue may be long.
        return forecast(
            queue,
            lambda request: self._expect(request, pace, plan(request)),
            shares,
            lambda request: turns.get(request.run, further),
        )

    def count_at_once(self) -> int:
        """How many runs are trained at a time when many wait."""
        capacities = [engine.capacity for engine in self.scheduler.engines]
        return sum(each.shares // each.count_shares(each.beside) for each in capacities)

    def conclude(self, request: Request) -> None:
        """What is to be done after every run that ended."""
        self._opened.wait()  # A run of the last server's queue may end before all is there.
        try:
            if request.visitors and (self.store.find(request.run) or was_begun(self.store.folder, request.run)):
                self.owners.note(request.run, request.visitors)
            self.make_room()
        finally:  # No question waits for what goes wrong with files.
            self.settle()

    def settle(self) -> None:
        """Asks for what the questions of visitors need next; where nobody may train, they wait."""
        if self.settings.training != "off":
            self.settler.advance()

    def make_room(self) -> None:
        """Keeps what runs leave within the space that the settings give it, in all and by visitor."""
        with self._making_room:  # Two that count the same bytes would take twice as many.
            if self.settings.visitor_bytes is not None:
                self.owners.make_room(self.settings.visitor_bytes)
            if self.settings.cache_bytes is not None:
                trim(self.store, self.settings.cache_bytes, lambda name: has_request(self.store.folder, name))


@cache
def open_lab() -> Lab:
    """The lab, opened on the first call; its worker starts at once, so that it is warm when somebody presses Train."""
    return Lab(read_settings())


def close_lab() -> None:
    """Ends the runs in hand, resumable, and the workers."""
    if open_lab.cache_info().currsize:
        open_lab().pictures.stop()
        open_lab().scheduler.close()
        open_lab.cache_clear()
