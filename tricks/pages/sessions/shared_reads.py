"""Reading the store for many sessions: one reads, and those who come at the same moment take what it read.

A file that is read inside a lock makes all sessions wait for each other as soon as the processor is busy.
"""

import threading
import time

from tricks.lab import open_lab
from tricks.recipe.run import Run
from tricks.store.record import Record
from tricks.store.results import Results

SHARED_SECONDS = 0.05  # Longer than an update takes, which so reads its run once; shorter than anybody sees.
MOST_RECORDS = 100

_gathering = threading.Lock()
_records: dict[tuple, tuple[float, Record]] = {}
_results: dict[str, Results] = {}


def read_run(run: Run) -> Record | None:
    """What is known of the run; a record that was read a moment ago is not read again."""
    name = (str(open_lab().store.folder), run.name)
    now = time.monotonic()
    at, record = _records.get(name, (0.0, None))
    if record and now - at < SHARED_SECONDS:
        return record
    if record:
        _records[name] = (now, record)  # Whoever comes while we read takes this.
    record = open_lab().store.read(run)
    if len(_records) > MOST_RECORDS:
        _records.clear()
    if record:
        _records[name] = (now, record)
    else:
        _records.pop(name, None)
    return record


def measure_share(run: Run) -> float:
    """How much of the run's training is done."""
    record = read_run(run)
    return len(record.losses) / run.steps if record else 0.0


def read_results() -> Results:
    """The finished runs by recipe; while another session reads them, those of just before."""
    folder = str(open_lab().store.folder)
    if not _gathering.acquire(blocking=folder not in _results):
        return _results[folder]
    try:
        _results[folder] = open_lab().results()
        return _results[folder]
    finally:
        _gathering.release()
