"""What the command line can do without a browser: every command takes its options and gives an answer."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

from tricks.catalogue.trick import Value
from tricks.cli.output import Answer
from tricks.cli.progress import show_progress
from tricks.engines.choose import open_engines
from tricks.engines.engine import EngineError
from tricks.recipe.network import count_flops, count_parameters, describe_network
from tricks.recipe.presets import PRESETS, find_preset
from tricks.recipe.recipe import STAGES, TRICKS, Recipe, parse_values, recommend_learning_rate
from tricks.recipe.run import Run
from tricks.scheduling.side_by_side import RunFailed, execute_all
from tricks.settings import check_device, read_settings
from tricks.store.index import Finished
from tricks.store.store import Store
from tricks.store.writer import StoreError

MOST_SEEDS = 10_000
BENCH_PARTS = {
    "levers": "what each optimisation brings, measured alone",
    "pages": "how quick the pages are, in a browser",
    "visitors": "how the page holds with many visitors, and what it costs",
}


def list_tricks(options: Namespace) -> Answer:
    """The catalogue of tricks."""
    rows = [
        {
            name: getattr(trick, name)
            for name in (
                "name",
                "title",
                "why",
                "stage",
                "default",
                "recommended",
                "choices",
                "allowed",
                "needs",
                "paper",
            )
        }
        for trick in TRICKS.values()
    ]
    lines = [
        f"{name:16} {STAGES[trick.stage]:10} {trick.allowed}; default {trick.write(trick.default)}\n{'':16} {trick.why}"
        for name, trick in TRICKS.items()
    ]
    return Answer(document=rows, lines=lines)


def list_presets(options: Namespace) -> Answer:
    """The presets."""
    rows = [{"name": name, **asdict(preset)} for name, preset in PRESETS.items()]
    lines = [f"{row['name']:10} {row['title']:34} {format_values(row['values'])}" for row in rows]
    return Answer(document=rows, lines=lines)


def describe(options: Namespace) -> Answer:
    """What is known of a recipe without training it."""
    recipe = read_recipe(options)
    network = describe_network(recipe)
    facts = {"key": recipe.key, "label": recipe.label, "values": recipe.values} | {
        "parameters": count_parameters(network),
        "flops": count_flops(network),
    }
    shown = facts | {"values": format_values(recipe.values)}
    return Answer(document=facts, lines=[f"{name:10} {value}" for name, value in shown.items()])


def format_values(values: dict[str, Value]) -> str:
    """Values as `--set` takes them."""
    return (
        " ".join(f"{name}={TRICKS[name].write(value)}" for name, value in values.items()) or "(as the blog's baseline)"
    )


def train(options: Namespace) -> Answer:
    """Trains the missing seeds; Ctrl-C leaves a run that the same command goes on with."""
    if not 1 <= options.seeds <= MOST_SEEDS:
        raise ValueError(f"--seeds must be from 1 to {MOST_SEEDS}, not {options.seeds}")
    check_device(options.device, "--device")
    recipe = read_recipe(options)
    seeds = range(options.seeds) if options.seed is None else [options.seed]
    runs = [Run(recipe=recipe, seed=seed) for seed in seeds]
    store = Store(options.cache)
    missing = [run for run in runs if store.find(run) is None]
    failed = train_all(store, options, [missing] if missing else [])
    rows, code = [], 0
    for run in runs:
        if finished := store.find(run):
            rows.append({"seed": run.seed, **describe_run(finished), "cached": run not in missing})
        elif run == failed or not code or store.path(run, ".part").exists():
            status, code = "failed" if run == failed else "interrupted", 1
            rows.append({"seed": run.seed, "status": status, "cached": False})
    lines = [f"seed {row['seed']}: {row['status']}{show_accuracy(row)}" for row in rows]
    return Answer(document={"key": recipe.key, "runs": rows}, lines=lines, code=code)


def train_all(store: Store, options: Namespace, batches: Iterable[list[Run]]) -> Run | None:
    """Trains one batch after the other, its runs side by side as far as the device has room for them.

    Returns the run that failed, which ended it. A batch may depend on what the last one brought.
    """
    [engine] = open_engines(replace(read_settings(), data=options.data, devices=(options.device,)))
    try:
        for runs in batches:
            with closing(execute_all(store, engine, runs)) as updates:
                show_progress(runs, updates)
    except RunFailed as failure:
        if not isinstance(failure.__cause__, StoreError | EngineError):
            raise
        print(f"python -m tricks: {failure.__cause__}", file=sys.stderr)
        return failure.run
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
    finally:
        engine.stop()
    return None


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
    return f", test accuracy {row['test_accuracy']:.1%} in {row['seconds']:.0f} s{known}"


def bench(options: Namespace) -> Answer:
    """Measures the speed of training and of the pages, or one part of it."""
    from tricks.bench import report  # The only command that imports PyTorch in this process.

    check_device(options.device, "--device")
    measure, tabulate = report.PARTS[options.part]
    try:
        measured = measure(options.data, options.device, options.rounds)
    except report.DataError as error:
        raise EngineError(str(error)) from None
    if options.plot and options.part == "all":
        report.save_plot(measured, options.plot)
    return Answer(document=measured, lines=tabulate(measured))


def read_recipe(options: Namespace) -> Recipe:
    """The recipe that the arguments describe (ValueError, one sentence)."""
    texts = {}
    for setting in options.set:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE, not {setting!r}")
        texts[name] = text
    chosen = parse_values(texts)
    values = recommend_learning_rate(chosen)
    recipe = Recipe(dataset=options.dataset, **{**find_preset(options.preset).values, **values})
    for name in values.keys() - chosen.keys():
        print(f"{name} is set to {values[name]:g}, recommended for {values['optimizer']}", file=sys.stderr)
    for name in recipe.idle:
        if name in chosen:
            print(f"{name} is {TRICKS[name].idle_words}, and stays off", file=sys.stderr)
    return recipe
