"""Settles what visitors ask: after each run that ends it asks for the next one, in their name."""

import threading
from collections.abc import Callable
from dataclasses import replace

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.kept import Watch
from tricks.scheduling.limits import LimitExceeded
from tricks.scheduling.scheduler import Scheduler
from tricks.scheduling.settle import Question, check_budget, choose_next
from tricks.scheduling.settle_requests import (
    FOLDER,
    SettleRequest,
    forget_settle,
    name_settle,
    read_settle,
    read_settles,
    settle_path,
    write_settle,
)
from tricks.store.results import Results

MOST_SETTLES = 500
STOPPED = "one of its runs was stopped"


class Settler:
    """The questions of visitors, each of one of them; several of them join in their runs.

    All servers of a cache know all questions, and do the same for each. A question is in the queue with no more runs
    than it needs next, within its visitor's limits. It ends with a clear verdict, with its budget, when it is stopped,
    and when one of its runs is refused, stopped, or fails.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        read_results: Callable[[], Results],
        expect: Callable[[Recipe], float | None] = lambda recipe: None,
    ):
        self._scheduler, self._read_results, self._expect = scheduler, read_results, expect
        self._folder = scheduler.store.folder
        self._watch = Watch(self._folder / FOLDER)
        self._watch.list_changes()
        self._requests = {request.name: request for request in read_settles(self._folder)}
        self._reasons: dict[str, str] = {}
        self._changing = threading.RLock()

    def ask(self, question: Question, at_most: int, visitor: str) -> None:
        """Trains until the question is settled, with at most so many seeds of each side (ValueError, one sentence)."""
        check_budget(at_most)
        with self._changing:
            self._look()
            request = SettleRequest(question=question, at_most=at_most, visitor=visitor)
            known = self._requests.get(request.name)
            if not known and len(self._requests) >= MOST_SETTLES:
                return self._explain(request, f"{MOST_SETTLES} questions are being settled already: come back later")
            self._reasons.pop(request.name, None)
            self._keep(replace(known or request, at_most=at_most))
            self._advance(self._requests[request.name])

    def stop(self, question: Question, visitor: str) -> None:
        """Gives the question up; what it was waiting for ends, resumable, unless others ask for it too."""
        with self._changing:
            self._look()
            if request := self._requests.get(name_settle(question, visitor)):
                self._end(request)

    def find(self, question: Question, visitor: str) -> SettleRequest | None:
        """The visitor's request, brought up to date; None when the question is not being settled for them."""
        name = name_settle(question, visitor)
        with self._changing:
            self._look()
            if name in self._requests:
                self._advance(self._requests[name])
            return self._requests.get(name)

    def find_reason(self, question: Question, visitor: str) -> str:
        """Why the visitor's last request ended before its time; nothing where it did not."""
        with self._changing:
            return self._reasons.get(name_settle(question, visitor), "")

    def advance(self) -> None:
        """Asks for what the questions need next, and ends those that are settled."""
        with self._changing:
            self._look()
            for request in list(self._requests.values()):
                self._advance(request)

    def _look(self) -> None:
        """Takes over what other servers have asked or ended."""
        changes = self._watch.list_changes()
        if not changes:
            return
        for name in changes.gone:
            self._requests.pop(name.removesuffix(".json"), None)
        for request in filter(None, (read_settle(self._folder, name) for name in changes.new)):
            self._requests[request.name] = request
        self._scheduler.queue(now=True)  # It has the runs that they wait for.

    def _advance(self, request: SettleRequest) -> None:
        queue = self._scheduler.queue()
        if self._scheduler.is_closed:
            return
        asked = {each.run for each in queue if request.visitor in each.visitors}
        lost = [run for run in request.runs if run not in asked and not self._scheduler.store.find(run)]
        wanted = choose_next(request.question, request.at_most, self._read_results(), self._expect)
        if lost or not wanted:
            self._end(request, self._find_failure(lost[0]) if wanted else "")
        elif not asked.intersection(request.runs):
            self._ask_for(request, wanted)

    def _ask_for(self, request: SettleRequest, wanted: list[Run]) -> None:
        """Puts the runs into the queue, as many as the visitor may have there."""
        granted: list[Run] = []
        with self._scheduler.at_once():
            for run in wanted:
                try:
                    self._scheduler.ask(run, request.visitor)
                except LimitExceeded as refusal:
                    if not granted:
                        return self._end(request, str(refusal))
                    break
                granted.append(run)
        self._keep(replace(request, runs=tuple(granted)))

    def _find_failure(self, run: Run) -> str:
        """Why the run is no longer in the queue, although it is not finished."""
        failures = {failure.run: failure.failure for failure in self._scheduler.failures()}
        return failures.get(run, STOPPED)

    def _keep(self, request: SettleRequest) -> None:
        self._requests[request.name] = request
        write_settle(self._folder, request)
        self._watch.note(settle_path(self._folder, request))

    def _end(self, request: SettleRequest, reason: str = "") -> None:
        """Forgets the request, and takes back what it was waiting for, as far as no other of the visitor's is."""
        del self._requests[request.name]
        forget_settle(self._folder, request)
        self._watch.note(settle_path(self._folder, request))
        own = [each for each in self._requests.values() if each.visitor == request.visitor]
        for run in set(request.runs).difference(*(each.runs for each in own)):
            self._scheduler.withdraw(run, request.visitor)
        if reason:
            self._explain(request, reason)

    def _explain(self, request: SettleRequest, reason: str) -> None:
        """Keeps the reason until the visitor asks again; of very many the oldest are forgotten."""
        self._reasons[request.name] = reason
        while len(self._reasons) > MOST_SETTLES:
            del self._reasons[next(iter(self._reasons))]
