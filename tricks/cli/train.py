"""`python -m tricks train`: trains what is missing in the cache, and what other commands train."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

from tricks.cli.arguments import number, read_recipe
from tricks.cli.output import Answer
from tricks.cli.progress import show_progress
from tricks.engines.choose import open_engines
from tricks.engines.engine import EngineError
from tricks.recipe.run import MOST_SEED, Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.side_by_side import RunsFailed, execute_all, is_of_the_run
from tricks.settings import read_settings
from tricks.store.files import GROWING
from tricks.store.index import Finished
from tricks.store.store import Store
from tricks.store.writer import StoreError

MOST_SEEDS = 10_000


def add_seeds(parser: ArgumentParser) -> None:
    """Which seeds are trained."""
    which = parser.add_mutually_exclusive_group()
    several, one = number(int, 1, MOST_SEEDS), number(int, 0, MOST_SEED)
    which.add_argument("--seeds", type=several, metavar="N", help="finish the seeds 0 to N-1 (default 1)")
    which.add_argument("--seed", type=one, metavar="K", help="finish just this seed")


def train_seeds(options: Namespace) -> Answer:
    """Trains the missing seeds; Ctrl-C leaves a run that the same command goes on with."""
    recipe = read_recipe(options)
    seeds = range(options.seeds or 1) if options.seed is None else [options.seed]
    runs = [Run(recipe=recipe, seed=seed) for seed in seeds]
    store = Store(options.cache)
    missing = [run for run in runs if store.find(run) is None]
    failed = train_all(store, options, [missing] if missing else [])
    rows, code = [], 0
    for run in runs:
        if finished := store.find(run):
            rows.append({"seed": run.seed, **describe_run(finished), "cached": run not in missing})
        elif run in failed or not code or store.path(run, GROWING).exists():
            status, code = "failed" if run in failed else "interrupted", 1
            rows.append({"seed": run.seed, "status": status, "cached": False})
    lines = [f"seed {row['seed']}: {row['status']}{show_accuracy(row)}" for row in rows]
    return Answer(document={"key": recipe.key, "runs": rows}, lines=lines, code=code)


def train_all(store: Store, options: Namespace, batches: Iterable[list[Run]]) -> set[Run]:
    """Trains one batch after the other, its runs side by side as far as the device has room for them.

    Returns the runs that failed; the batch in which one did is the last. A batch may depend on what the last one
    brought.
    """
    [engine] = open_engines(replace(read_settings(), data=options.data, devices=(options.device,)))
    try:
        for runs in batches:
            with closing(execute_all(store, engine, runs)) as updates:
                show_progress(runs, updates)
    except RunsFailed as failure:
        tell_failures(failure)
        return set(failure.reasons)
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
    finally:
        engine.stop()
    return set()


def tell_failures(failure: RunsFailed) -> None:
    """Says on stderr which runs failed, and why; a fault of ours is raised."""
    for run, reason in failure.reasons.items():
        if not isinstance(reason, StoreError | EngineError):
            raise reason
        which = f"seed {run.seed} of {run.recipe.label}: " if is_of_the_run(reason) else ""
        print(f"python -m tricks: {which}{reason}", file=sys.stderr)


def describe_run(finished: Finished) -> dict[str, Any]:
    """A finished run's outcome."""
    outcome = asdict(finished.outcome)
    names = ("test_accuracy", "seconds", "images_per_second", "weights_sha256")
    status = "diverged" if outcome["diverged"] else "finished"
    return {"status": status} | {name: outcome[name] for name in names}


def show_accuracy(row: dict[str, Any]) -> str:
    """A run's accuracy in words, when it has one."""
    if "test_accuracy" not in row:
        return ""
    known = ", known before" if row["cached"] else f", {row['images_per_second']:.0f} images/s"
    return f", test accuracy {row['test_accuracy']:.1%} in {format_duration(row['seconds'])}{known}"
