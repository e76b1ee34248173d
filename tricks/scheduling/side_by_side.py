"""Several runs of one command: as many at a time as the device has room for, all followed from one place."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

from tricks.engines.engine import Engine, EngineError, HostUnfit, WorkerDied
from tricks.recipe.measurements import Measurement
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

End = BaseException | None


class RunsFailed(Exception):
    """Runs could not be trained: `reasons` says why, by run."""

    def __init__(self, reasons: dict[Run, Exception]):
        super().__init__(", ".join(run.name for run in reasons))
        self.reasons = reasons


def is_of_the_run(reason: BaseException) -> bool:
    """Whether another run may well be trained; else the device, the data, the cache or the code are at fault."""
    return isinstance(reason, EngineError) and not isinstance(reason, HostUnfit)


def execute_all(store: Store, engine: Engine, runs: Sequence[Run]) -> Iterator[tuple[Run, Measurement]]:
    """Trains the runs and yields what they measure as it comes; in the end it tells which failed (RunsFailed).

    A run that fails does not end the others, but what is no run's fault ends all at once, resumable. One run has all
    threads, of several each has one. Closing the iterator ends those in hand.
    """
    words: queue.SimpleQueue[tuple[Run, Measurement | End]] = queue.SimpleQueue()
    waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
    for run in runs:
        waiting.put(run)
    is_over = threading.Event()
    try:
        engine.start()
    except Exception as error:
        raise RunsFailed({runs[0]: error}) from error
    capacity = engine.capacity  # Once: a cluster's changes at any moment.
    threads = capacity.choose_threads(resumed=0, alone=len(runs) == 1)
    followers = [
        threading.Thread(target=follow, args=(store, engine, threads, waiting, words, is_over), daemon=True)
        for _ in range(min(len(runs), capacity.shares // capacity.count_shares(threads)))
    ]
    for follower in followers:
        follower.start()
    try:
        yield from collect(words, len(runs))
    finally:
        is_over.set()
        for follower in followers:
            follower.join()


def collect(words: "queue.SimpleQueue[tuple[Run, Measurement | End]]", left: int) -> Iterator[tuple[Run, Measurement]]:
    """The measurements of so many runs until all have ended, well or not (RunsFailed)."""
    reasons: dict[Run, Exception] = {}
    while left:
        run, word = words.get()
        if isinstance(word, Exception):
            reasons[run] = word
            if not is_of_the_run(word):
                break
        elif isinstance(word, BaseException):
            raise word
        if word is None or run in reasons:
            left -= 1
        else:
            yield run, word
    if reasons:
        raise RunsFailed(reasons)


def follow(
    store: Store,
    engine: Engine,
    threads: int,
    waiting: "queue.SimpleQueue[Run]",
    words: "queue.SimpleQueue[tuple[Run, Measurement | End]]",
    is_over: threading.Event,
) -> None:
    """Trains one run after the other that waits; says of each what it measures, and then None or what went wrong.

    What ended beside others, perhaps for them, goes on once more with the whole device.
    """
    while not is_over.is_set():
        try:
            run = waiting.get_nowait()
        except queue.Empty:
            return
        end: End = None
        try:
            try:
                pass_on(execute(store, engine, run, threads), run, words, is_over)
            except WorkerDied as error:
                if error.alone:
                    raise
                pass_on(execute(store, engine, run, threads, engine.capacity.shares), run, words, is_over)
        except BaseException as error:  # Raised again where all runs are followed.
            end = error
            if not is_of_the_run(error):
                is_over.set()
        words.put((run, end))


def pass_on(
    measurements: Iterator[Measurement],
    run: Run,
    words: "queue.SimpleQueue[tuple[Run, Measurement | End]]",
    is_over: threading.Event,
) -> None:
    """Says what is measured of the run until it ends, or all is over."""
    with closing(measurements):
        for measurement in measurements:
            words.put((run, measurement))
            if is_over.is_set():
                return
