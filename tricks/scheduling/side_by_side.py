"""Several runs of one command: as many at a time as the device has room for, all followed from one place."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

from tricks.engines.engine import Engine
from tricks.recipe.run import Measurement, Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

End = BaseException | None


class RunFailed(Exception):
    """A run could not be trained; the reason is the exception's cause."""

    def __init__(self, run: Run):
        super().__init__(run.name)
        self.run = run


def execute_all(store: Store, engine: Engine, runs: Sequence[Run]) -> Iterator[tuple[Run, Measurement]]:
    """Trains the runs and yields what they measure as it comes; the first that fails ends all, resumable (RunFailed).

    One run has all threads, of several each has one. Closing the iterator ends those in hand.
    """
    words: queue.SimpleQueue[tuple[Run, Measurement | End]] = queue.SimpleQueue()
    waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
    for run in runs:
        waiting.put(run)
    is_over = threading.Event()
    try:
        engine.start()
    except Exception as error:
        raise RunFailed(runs[0]) from error
    threads = engine.capacity.choose_threads(resumed=0, alone=len(runs) == 1)
    followers = [
        threading.Thread(target=follow, args=(store, engine, threads, waiting, words, is_over), daemon=True)
        for _ in range(min(len(runs), engine.capacity.shares // engine.capacity.count_shares(threads)))
    ]
    for follower in followers:
        follower.start()
    try:
        left = len(runs)
        while left:
            run, word = words.get()
            if isinstance(word, Exception):
                raise RunFailed(run) from word
            if isinstance(word, BaseException):
                raise word
            left -= word is None
            if word is not None:
                yield run, word
    finally:
        is_over.set()
        for follower in followers:
            follower.join()


def follow(
    store: Store,
    engine: Engine,
    threads: int,
    waiting: "queue.SimpleQueue[Run]",
    words: "queue.SimpleQueue[tuple[Run, Measurement | End]]",
    is_over: threading.Event,
) -> None:
    """Trains one run after the other that waits; says of each what it measures, and then None or what went wrong."""
    while not is_over.is_set():
        try:
            run = waiting.get_nowait()
        except queue.Empty:
            return
        end: End = None
        try:
            with closing(execute(store, engine, run, threads)) as measurements:
                for measurement in measurements:
                    words.put((run, measurement))
                    if is_over.is_set():
                        return
        except BaseException as error:  # Raised again where all runs are followed.
            end = error
        words.put((run, end))
