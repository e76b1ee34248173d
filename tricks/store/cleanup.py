"""The space that a cache takes: what stopped runs left, weights and predictions may go to make room, results never."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from tricks.recipe.run import Run
from tricks.store.files import BEGUN, PREDICTIONS, SUFFIXES, WEIGHTS
from tricks.store.store import Store
from tricks.store.writer import Locked, StoreError, explain_os_errors
from tricks.system.files import read_plain

KEPT_RUNS = "spared.txt"  # In the cache: a name of a run a line, whose files always stay.
MOST_LIST_BYTES = 100_000_000
ORDER = (WEIGHTS, PREDICTIONS)  # What goes first of a finished run.


def measure_bytes(store: Store) -> int:
    """The bytes of all that the cache holds; none where there is none, or it cannot be read."""
    try:
        return sum(_size(path) for path in store.folder.iterdir())
    except OSError:
        return 0


def trim(store: Store, most_bytes: int, is_awaited: Callable[[str], bool] = lambda name: False) -> list[Path]:
    """Deletes what can be spared until the cache fits; returns what went.

    First goes what stopped runs have left, then weights, then predictions, the oldest of each first. No run is stopped
    that is in training, or that `is_awaited` knows by its name. What cannot be deleted is passed over, and told of in
    the end if the cache does not fit without it (StoreError). The runs that `spared.txt` names keep theirs: these are
    the reference results that come with the code.
    """
    total, gone, refusals = measure_bytes(store), [], []
    if total <= most_bytes:
        return gone
    kept = read_kept_names(store.folder)
    for name, suffixes in list_dispensable(store):
        if total <= most_bytes:
            return gone
        if name in kept:
            continue
        try:
            dropped = drop(store, name, suffixes, is_awaited)
        except (OSError, StoreError) as error:
            refusals.append(error)
            continue
        total -= sum(dropped.values())
        gone += dropped
    if refusals and total > most_bytes:
        with explain_os_errors(store.folder):
            raise refusals[0]
    return gone


def list_dispensable(store: Store) -> Iterator[tuple[str, Sequence[str]]]:
    """The names of runs, and how those of their files end that may go, in that order."""
    yield from ((name, BEGUN) for name in list_begun(store.folder))
    oldest = sorted(store.finished(), key=lambda finished: finished.outcome.finished)
    for suffix in ORDER:
        yield from ((finished.run.name, (suffix,)) for finished in oldest)


def list_begun(folder: Path) -> list[str]:
    """The names of the runs that were begun and are not finished, first those that were left alone for longest."""
    changed: dict[str, float] = {}
    for suffix in BEGUN:
        for path in folder.glob(f"*{suffix}"):
            name = path.name.removesuffix(suffix)
            with suppress(OSError):  # It went meanwhile.
                changed[name] = max(changed.get(name, 0.0), path.stat().st_mtime)
    return sorted(changed, key=changed.__getitem__)


def drop(store: Store, name: str, suffixes: Sequence[str], is_awaited: Callable[[str], bool]) -> dict[Path, int]:
    """Deletes those of the run's files that end so; what went, with its bytes (OSError, StoreError).

    What a run goes on from that is in training or awaited stays.
    """
    with ExitStack() as held:
        if suffixes == BEGUN:
            try:
                held.enter_context(store.lock(name))
            except Locked:
                return {}
            if is_awaited(name):
                return {}
        paths = [store.folder / f"{name}{suffix}" for suffix in suffixes]
        found = {path: _size(path) for path in paths if path.exists()}
        for path in found:
            path.unlink(missing_ok=True)
        return found


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
