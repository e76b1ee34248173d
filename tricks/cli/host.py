"""What the operator of a shared host does from the command line: see the queue, stop and delete runs, make room."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tricks.cli.arguments import number
from tricks.cli.output import Answer
from tricks.recipe.run import Run
from tricks.scheduling.bans import ban_visitor, mask_visitor
from tricks.scheduling.requests import Request, forget_request, has_request, may_read_queue, read_queue
from tricks.stats.wording import format_quantity
from tricks.store.cleanup import KEPT_RUNS, delete, measure_bytes, read_kept_names, trim
from tricks.store.store import Store
from tricks.store.writer import StoreError

MOST_GIGABYTES = 1_000_000
MOST_HOURS = 1000


def add_name(parser: ArgumentParser) -> None:
    """Which runs."""
    parser.add_argument("name", metavar="NAME", help="a run's name, a recipe's key, or all")


def add_size(parser: ArgumentParser) -> None:
    """How large the cache may be."""
    size = number(float, 0, MOST_GIGABYTES)
    parser.add_argument("gigabytes", type=size, metavar="GB", help="the size that the cache may have")


def add_consent(parser: ArgumentParser) -> None:
    """Whether somebody is asked first."""
    parser.add_argument("--yes", action="store_true", help="do it without asking, as in scripts")


def add_force(parser: ArgumentParser) -> None:
    """Whether what is always kept goes too."""
    parser.add_argument("--force", action="store_true", help=f"also the runs that {KEPT_RUNS} of the cache names")


def add_visitor(parser: ArgumentParser) -> None:
    """Who may not ask, and for how long."""
    parser.add_argument("visitor", metavar="VISITOR", help="as queue names them")
    hours = number(float, 0, MOST_HOURS)
    parser.add_argument("--hours", type=hours, default=1.0, metavar="H", help="how long (default 1); 0 lifts the ban")


def as_owner(command: Callable[[Namespace], Answer]) -> Callable[[Namespace], Answer]:
    """The command, in which root goes on as the cache's owner: the server may not read, lock or delete root's files."""

    def act(options: Namespace) -> Answer:
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        if is_root and options.cache.is_dir() and (owner := options.cache.stat()).st_uid:
            with suppress(PermissionError):  # Of a container's root who may not become somebody else.
                os.setgroups([])
                os.setegid(owner.st_gid)
                os.seteuid(owner.st_uid)
        return command(options)

    return act


def ban(options: Namespace) -> Answer:
    """Refuses a visitor's requests for a while; what they wait for already stays."""
    if not ban_visitor(options.cache, options.visitor, options.hours):
        raise StoreError(f"the cache {options.cache} cannot be written")
    words = f"is refused for {options.hours:g} h" if options.hours else "may ask again"
    return Answer(document={"visitor": options.visitor, "hours": options.hours}, lines=[f"{options.visitor} {words}"])


def list_queue(options: Namespace) -> Answer:
    """The requests that servers on this cache have, oldest first."""
    rows = [
        {"run": request.run.name, "label": request.run.recipe.label, "seed": request.run.seed}
        | {"visitors": len(request.visitors), "who": sorted(map(mask_visitor, request.visitors))}
        | {"begun": request.interrupted, "deaths": request.deaths}
        for request in read_whole_queue(options.cache)
    ]
    lines = [
        f"{row['run']}  {format_quantity(row['visitors'], 'visitor')}{', begun' if row['begun'] else ''}"
        f"  {', '.join(row['who'])}"
        for row in rows
    ]
    return Answer(document=rows, lines=lines or ["nobody waits for a run"])


def stop_runs(options: Namespace) -> Answer:
    """Takes requests out of the queue; a server ends them within a second, and their checkpoints stay."""
    stopped = choose_runs(options.name, [request.run for request in read_whole_queue(options.cache)])
    for run in stopped:
        forget_request(options.cache, run)
    names = [run.name for run in stopped]
    return Answer(document=names, lines=[f"stopped {name}" for name in names])


def read_whole_queue(folder: Path) -> list[Request]:
    """The queue of the servers on this cache (StoreError where this user may not see all of it)."""
    if not may_read_queue(folder):
        raise StoreError(f"this user may not read the queue in {folder}: ask as the server's user, or as root")
    return read_queue(folder)


def delete_runs(options: Namespace) -> Answer:
    """Deletes finished and interrupted runs with all their files; Locked while one of them is trained."""
    store = Store(options.cache)
    runs = [finished.run for finished in store.finished()]
    parts = [record.run for path in store.folder.glob("*.part") if (record := store.look(path))]
    chosen = choose_runs(options.name, list(dict.fromkeys(runs + parts)))
    if not options.force:
        chosen = leave_out_kept(store, chosen)
    if not is_agreed(options, f"delete {format_quantity(len(chosen), 'run')} with all files"):
        return Answer(document=[], lines=["nothing was deleted"], code=1)
    for run in chosen:
        delete(store, run)
    names = [run.name for run in chosen]
    return Answer(document=names, lines=[f"deleted {name}" for name in names])


def leave_out_kept(store: Store, runs: Sequence[Run]) -> list[Run]:
    """The runs that `spared.txt` does not name, which is told (ValueError when there are none)."""
    kept = read_kept_names(store.folder)
    free = [run for run in runs if run.name not in kept]
    kept = format_quantity(len(runs) - len(free), "run")
    if not free:
        raise ValueError(f"{kept} of that name, always kept by {KEPT_RUNS}: --force deletes them too")
    if len(free) < len(runs):
        print(f"{kept} stay, always kept by {KEPT_RUNS}: --force deletes them too", file=sys.stderr)
    return free


def make_room(options: Namespace) -> Answer:
    """Deletes what stopped runs left, then weights and predictions of the oldest, until the cache has this size."""
    store, most = Store(options.cache), int(options.gigabytes * 1e9)
    too_much = measure_bytes(store) - most
    deed = f"delete stopped runs, weights and predictions of {too_much / 1e9:.3f} GB"
    if too_much > 0 and not is_agreed(options, deed):
        return Answer(document={"deleted": [], "bytes": measure_bytes(store)}, lines=["nothing was deleted"], code=1)
    gone = [path.name for path in trim(store, most, lambda name: has_request(store.folder, name))]
    left = measure_bytes(store)
    lines = [f"deleted {name}" for name in gone] + [f"the cache has {left / 1e9:.3f} GB now"]
    return Answer(document={"deleted": gone, "bytes": left}, lines=lines)


def is_agreed(options: Namespace, deed: str) -> bool:
    """Asks on a terminal whether that shall be done (ValueError where nobody can be asked)."""
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise ValueError(f"this would {deed}, and nobody can be asked here: say --yes if that is meant")
    print(f"{deed}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def choose_runs(name: str, runs: list[Run]) -> list[Run]:
    """The runs of this name, or of the recipe with this key, or all (ValueError when there is none)."""
    chosen = [run for run in runs if name in ("all", run.name, run.recipe.key)]
    if not chosen:
        known = f": there are {', '.join(run.name for run in runs[:3])}{' …' if len(runs) > 3 else ''}" if runs else ""
        raise ValueError(f"there is no run {name!r} here{known}")
    return chosen
