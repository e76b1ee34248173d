"""What a request costs the servers of a cache, by how many wait: in processor time, as a busy machine has it too."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.limits import NO_LIMITS
from tricks.scheduling.queue import LOOK_SECONDS, Queue
from tricks.scheduling.requests import request_path
from tricks.store.store import Store

WAITING = (10, 100, 450)
REPEATS = 20


def measure_queues(report: Callable[[str], None], waiting: Sequence[int] = WAITING) -> list[dict[str, Any]]:
    """Processor seconds of one more request, by how many wait: of asking, and of seeing it on another server."""
    measured = []
    for count in waiting:
        report(f"a queue of {count} requests on two servers")
        with tempfile.TemporaryDirectory() as folder:
            measured.append({"waiting": count} | measure_queue(Path(folder), count))
    return measured


def measure_queue(folder: Path, waiting: int) -> dict[str, float]:
    """The same for one number of requests, and the bytes of one."""
    asked, seen, looked = [], [], []
    first, second = (Queue(Store(folder), NO_LIMITS, lambda request: 60.0, lambda: None) for _ in range(2))
    for seed in range(waiting):
        first.ask(make_run(seed), f"visitor {seed}")
    for seed in range(waiting, waiting + REPEATS):
        run = make_run(seed)
        asked.append(count_seconds(lambda run=run: first.ask(run, "one more")))
        seen.append(count_seconds(lambda: see(second)))
        looked.append(count_seconds(lambda: see(second)))
    times = {"ask": asked, "see": seen, "look": looked}
    size = request_path(folder, make_run(0)).stat().st_size
    return {name: statistics.median(seconds) for name, seconds in times.items()} | {"bytes": size}


def make_run(seed: int) -> Run:
    """One of many runs."""
    return Run(recipe=Recipe(), seed=seed)


def see(queue: Queue) -> None:
    """Takes over what the other server was asked, and puts all in order, as for a page."""
    queue.look_at_files(now=True)
    queue.order()


def count_seconds(work: Callable[[], None]) -> float:
    """The processor seconds of this process that the work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def tabulate_queues(measured: Sequence[dict[str, Any]]) -> list[str]:
    """The queues as lines of Markdown."""
    lines = [
        "| requests that wait | asking for one more | another server sees it | a look at nothing new |"
        " which each server needs, of a core | a request's file |",
        "|---:" * 6 + "|",
    ]
    for one in measured:
        ask, see, look = (f"{1000 * one[name]:.1f} ms" for name in ("ask", "see", "look"))
        share = f"{one['look'] / LOOK_SECONDS:.1%}"
        lines.append(f"| {one['waiting']} | {ask} | {see} | {look} | {share} | {one['bytes']} bytes |")
    return lines
