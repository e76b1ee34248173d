"""What the operator of a shared host does from the command line: see the queue, stop and delete runs, make room."""

from argparse import Namespace
from collections.abc import Callable

from tricks.cli.output import Answer
from tricks.recipe.run import Run
from tricks.scheduling.requests import forget_request, read_queue
from tricks.store.cleanup import delete, measure_bytes, trim
from tricks.store.store import Store


def list_queue(options: Namespace) -> Answer:
    """The requests that servers on this cache have, oldest first."""
    requests = read_queue(options.cache)
    rows = [
        {"run": request.run.name, "label": request.run.recipe.label, "seed": request.run.seed}
        | {"visitors": len(request.visitors), "begun": request.interrupted, "deaths": request.deaths}
        for request in requests
    ]
    lines = [f"{row['run']}  {row['visitors']} visitors{', begun' if row['begun'] else ''}" for row in rows]
    return Answer(document=rows, lines=lines or ["nobody waits for a run"])


def stop_runs(options: Namespace) -> Answer:
    """Takes requests out of the queue; a server ends them within a second, and their checkpoints stay."""
    requests = read_queue(options.cache)
    stopped = choose(options.name, [request.run for request in requests])
    for run in stopped:
        forget_request(options.cache, run)
    names = [run.name for run in stopped]
    return Answer(document=names, lines=[f"stopped {name}" for name in names])


def delete_runs(options: Namespace) -> Answer:
    """Deletes finished and interrupted runs with all their files; Locked while one of them is trained."""
    store = Store(options.cache)
    runs = [finished.run for finished in store.finished()]
    parts = [record.run for path in store.folder.glob("*.part") if (record := store.look(path))]
    chosen = choose(options.name, list(dict.fromkeys(runs + parts)))
    for run in chosen:
        delete(store, run)
    names = [run.name for run in chosen]
    return Answer(document=names, lines=[f"deleted {name}" for name in names])


def make_room(options: Namespace) -> Answer:
    """Deletes weights, then predictions, of the oldest runs until the cache has this size."""
    store = Store(options.cache)
    gone = [path.name for path in trim(store, int(options.gigabytes * 1e9))]
    left = measure_bytes(store)
    lines = [f"deleted {name}" for name in gone] + [f"the cache has {left / 1e9:.3f} GB now"]
    return Answer(document={"deleted": gone, "bytes": left}, lines=lines)


def choose(name: str, runs: list[Run]) -> list[Run]:
    """The runs of this name, or of the recipe with this key, or all (ValueError when there is none)."""
    chosen = [run for run in runs if name in ("all", run.name, run.recipe.key)]
    if not chosen:
        known = f": there are {', '.join(run.name for run in runs[:3])}{' …' if len(runs) > 3 else ''}" if runs else ""
        raise ValueError(f"there is no run {name!r} here{known}")
    return chosen


COMMANDS: dict[str, tuple[Callable[[Namespace], Answer], str]] = {
    "queue": (list_queue, "for the host: what visitors wait for"),
    "stop": (stop_runs, "for the host: take a run out of the queue, also while it is trained"),
    "delete": (delete_runs, "for the host: delete runs and all their files"),
    "trim": (make_room, "for the host: delete the oldest runs' weights and predictions to make room"),
}
