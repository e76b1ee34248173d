"""How a run's turn goes: what is noted of it, whether it goes on, and what becomes of its request."""

from dataclasses import replace

from tricks.recipe.measurements import Machine, Measurement
from tricks.recipe.run import Run
from tricks.scheduling.execution import Attempt, Status
from tricks.scheduling.journal import Journal
from tricks.scheduling.lateness import Lateness
from tricks.scheduling.queue import Queue
from tricks.scheduling.requests import Request
from tricks.scheduling.troubles import Troubles
from tricks.scheduling.turns import Turn, charge
from tricks.store.store import Store


class Conduct:
    """Keeps queue, journal and troubles up to date with the turns of a scheduler, which has the lock."""

    def __init__(self, store: Store, queue: Queue, journal: Journal, troubles: Troubles):
        self._store, self._queue, self._journal, self._troubles = store, queue, journal, troubles
        self._lateness = Lateness()

    def begin(self, turn: Turn) -> None:
        """The turn begins."""
        self._lateness.begin(turn.run, self._queue.expect(turn.run))
        self._queue.begin(turn.run)

    def goes_on(self, turn: Turn, measurement: Measurement, at_once: int) -> bool:
        """Notes what a measurement says, and tells whether the run is to go on; so many share its device in turns."""
        if isinstance(measurement, Machine):
            self._journal.note("began", turn.run, place=turn.engine.place)
        self._queue.note(turn.run, measurement)
        return bool(self._queue[turn.run].visitors) and not self._makes_room(turn.run, measurement, at_once)

    def end(self, run: Run, ended: Attempt, is_closing: bool) -> Request:
        """Decides what becomes of a request whose run has ended in this way; returns it as it was in the end."""
        self._lateness.end(run)
        if is_closing and ended.status in (Status.DIED, Status.DIED_IN_COMPANY):
            ended = Attempt(status=Status.WITHDRAWN)  # Who closes ends the workers, too.
        if ended.status is Status.ELSEWHERE:
            self._journal.note("elsewhere", run)
            return self._queue.hand_over(run)
        request = self._queue.end(run)
        if ended.status is Status.WITHDRAWN and self._store.find(run):
            ended = Attempt(status=Status.DONE)  # It was withdrawn just after its last measurement.
        if ended.reason and ended.reason != request.trouble:
            self._troubles.note(ended.reason, run)
        request, ended = charge(request, ended)
        self._journal.note(ended.status.name.lower(), run, reason=ended.reason)
        if ended.status is Status.FAILED:
            self._queue.failures.note(request, ended.reason)
        if ended.is_over:
            self._queue.forget(run)
        else:  # It goes on, now, when the trouble is over or after the next start, as long as anybody asks for it.
            self._queue.keep(replace(request, trouble=ended.reason if ended.status is Status.HELD_UP else ""))
        return request

    def _makes_room(self, run: Run, measurement: Measurement, at_once: int) -> bool:
        """Whether the run takes so much longer than expected that others who wait go on first."""
        if not self._lateness.is_late(run, measurement, at_once) or not self._queue.is_awaited(run):
            return False
        self._queue.make_room(run)
        return True
