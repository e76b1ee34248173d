"""The space that a cache takes: weights and predictions may go to make room, results never."""

from pathlib import Path

from tricks.recipe.run import Run
from tricks.store.files import PREDICTIONS, SUFFIXES, WEIGHTS
from tricks.store.store import Store
from tricks.store.writer import explain_os_errors
from tricks.system.files import read_plain

KEPT_RUNS = "spared.txt"  # In the cache: a name of a run a line, whose weights and predictions always stay.
MOST_LIST_BYTES = 100_000_000
ORDER = (WEIGHTS, PREDICTIONS)  # What goes first.


def measure_bytes(store: Store) -> int:
    """The bytes of all that the cache holds; none where there is none, or it cannot be read."""
    try:
        return sum(_size(path) for path in store.folder.iterdir())
    except OSError:
        return 0


def trim(store: Store, most_bytes: int) -> list[Path]:
    """Deletes weights, then predictions, of the runs that finished first until the cache fits; returns what went.

    What cannot be deleted is passed over, and told of in the end if the cache does not fit without it (StoreError).
    The runs that `spared.txt` names keep theirs: these are the reference results that come with the code.
    """
    total, gone, refusals = measure_bytes(store), [], []
    if total <= most_bytes:
        return gone
    kept = read_kept_names(store.folder)
    oldest = sorted(store.finished(), key=lambda finished: finished.outcome.finished)
    for suffix in ORDER:
        for finished in oldest:
            path = store.path(finished.run, suffix)
            if total <= most_bytes:
                return gone
            if finished.run.name not in kept and path.exists():
                size = _size(path)
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    refusals.append(error)
                    continue
                total -= size
                gone.append(path)
    if refusals:
        with explain_os_errors(store.folder):
            raise refusals[0]
    return gone


def read_kept_names(folder: Path) -> set[str]:
    """The names of the runs whose files always stay."""
    try:
        return set(read_plain(folder / KEPT_RUNS, MOST_LIST_BYTES).decode().split())
    except (OSError, ValueError):
        return set()


def delete(store: Store, run: Run) -> bool:
    """Deletes all that is kept of the run; whether there was anything. Locked while a process trains it."""
    with store.lock(run.name), explain_os_errors(store.folder):
        found = [path for suffix in SUFFIXES if (path := store.path(run, suffix)).exists()]
        for path in found:
            path.unlink(missing_ok=True)
        return bool(found)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
