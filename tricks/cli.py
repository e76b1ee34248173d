"""The lab without a browser: `python -m tricks COMMAND`."""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from tricks import host
from tricks.blog import CONCLUSIONS, QUESTIONS
from tricks.comparison import Interval
from tricks.engines.local import EngineError, LocalEngine
from tricks.execution import execute
from tricks.findings import describe_findings, tabulate_conclusions, tabulate_questions, tabulate_settings
from tricks.index import Finished
from tricks.network import count_flops, count_parameters, describe_network
from tricks.presets import PRESETS, find_preset
from tricks.progress import show_progress
from tricks.recipe import DATASETS, STAGES, TRICKS, Recipe, parse_values, recommend_learning_rate
from tricks.results import compare_results, find_recipe, gather
from tricks.run import Run
from tricks.settings import DEVICES, check_device, read_settings
from tricks.store import Store
from tricks.trick import Value
from tricks.writer import StoreError

PROGRAM = "python -m tricks"
MOST_SEEDS = 10_000


class Parser(argparse.ArgumentParser):
    """Answers wrong arguments with one line."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and ends with 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0 when it is done, 1 when the work failed, 2 when the arguments are wrong."""
    try:
        options = build_parser().parse_args(arguments)
        return options.command(options)
    except ValueError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    except (StoreError, EngineError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1


def build_parser() -> Parser:
    """All commands with their arguments."""
    settings = read_settings()
    parser = Parser(prog=PROGRAM, description="Which training tricks really help, by how much, and how sure?")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def add(name: str, command: Any, about: str) -> Parser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(command=command)
        sub.add_argument("--json", action="store_true", help="print one JSON document, and nothing else, on stdout")
        return sub

    def add_cache(sub: Parser) -> None:
        sub.add_argument("--cache", type=Path, default=settings.cache, metavar="DIR", help="where results are kept")

    def add_recipe(sub: Parser) -> None:
        sub.add_argument("--preset", default="baseline", metavar="P", help=f"one of {', '.join(PRESETS)}")
        sub.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a trick; see `list`")
        sub.add_argument("--dataset", default="cifar10", metavar="D", help=f"one of {', '.join(DATASETS)}")

    add("list", list_tricks, "the catalogue of tricks")
    add("presets", list_presets, "the blog's settings by name")
    add_recipe(add("describe", describe, "a recipe's key, parameters and FLOPs"))
    sub = add("train", train, "train what is missing in the cache")
    add_recipe(sub)
    add_cache(sub)
    sub.add_argument("--seeds", type=int, default=1, metavar="N", help="finish the seeds 0 to N-1 (default 1)")
    sub.add_argument("--seed", type=int, metavar="K", help="finish just this seed")
    sub.add_argument("--data", type=Path, default=settings.data, metavar="DIR", help="where CIFAR-10 is kept")
    sub.add_argument("--device", default=settings.devices[0], metavar="DEVICE", help=DEVICES)
    add_cache(add("results", list_results, "all recipes in the cache"))
    sub = add("compare", compare_recipes, "one recipe against another, paired by seed")
    sub.add_argument("recipe", metavar="A", help="a preset or a key")
    sub.add_argument("reference", metavar="B", help="a preset or a key")
    add_cache(sub)
    add_cache(
        add("blog", replay_blog, "the blog's settings and conclusions beside what the cache says, as Markdown tables")
    )
    sub = add("bench", bench, "speed: this code beside the blog's way, and peers where they are installed")
    sub.add_argument("--data", type=Path, default=settings.data, metavar="DIR", help="where CIFAR-10 is kept")
    sub.add_argument("--device", default=settings.devices[0], metavar="DEVICE", help=DEVICES)
    sub.add_argument("--rounds", type=int, default=5, metavar="N", help="slices that each trains (default 5)")
    sub.add_argument("--plot", type=Path, metavar="FILE", help="draw the speeds into an SVG or PNG file")
    parts = sub.add_mutually_exclusive_group()
    parts.add_argument("--levers", action="store_true", help="what each optimisation brings, measured alone")
    parts.add_argument(
        "--visitors", action="store_true", help="how the page holds with many visitors, and what it costs"
    )
    for name, (command, about) in host.COMMANDS.items():
        sub = add(name, lambda options, command=command: answer(options, *command(options)), about)
        add_cache(sub)
        if name in ("stop", "delete"):
            sub.add_argument("name", metavar="NAME", help="a run's name, a recipe's key, or all")
        if name == "trim":
            sub.add_argument("gigabytes", type=float, metavar="GB", help="the size that the cache may have")
    return parser


def list_tricks(options: argparse.Namespace) -> int:
    """Prints the catalogue."""
    rows = [
        {
            name: getattr(trick, name)
            for name in ("name", "title", "why", "stage", "default", "recommended", "choices", "allowed", "paper")
        }
        for trick in TRICKS.values()
    ]
    lines = [
        f"{name:16} {STAGES[trick.stage]:10} {trick.allowed}; default {trick.write(trick.default)}\n{'':16} {trick.why}"
        for name, trick in TRICKS.items()
    ]
    return answer(options, rows, lines)


def list_presets(options: argparse.Namespace) -> int:
    """Prints the presets."""
    rows = [{"name": name, **asdict(preset)} for name, preset in PRESETS.items()]
    return answer(options, rows, [f"{row['name']:10} {row['title']:34} {say_values(row['values'])}" for row in rows])


def describe(options: argparse.Namespace) -> int:
    """Prints what is known of a recipe without training it."""
    recipe = read_recipe(options)
    network = describe_network(recipe)
    facts = {"key": recipe.key, "label": recipe.label, "values": recipe.values} | {
        "parameters": count_parameters(network),
        "flops": count_flops(network),
    }
    shown = facts | {"values": say_values(recipe.values)}
    return answer(options, facts, [f"{name:10} {value}" for name, value in shown.items()])


def say_values(values: dict[str, Value]) -> str:
    """Values as `--set` takes them."""
    return (
        " ".join(f"{name}={TRICKS[name].write(value)}" for name, value in values.items()) or "(as the blog's baseline)"
    )


def train(options: argparse.Namespace) -> int:
    """Trains the missing seeds; Ctrl-C leaves a run that the same command goes on with."""
    if not 1 <= options.seeds <= MOST_SEEDS:
        raise ValueError(f"--seeds must be from 1 to {MOST_SEEDS}, not {options.seeds}")
    check_device(options.device, "--device")
    recipe = read_recipe(options)
    seeds = range(options.seeds) if options.seed is None else [options.seed]
    runs = [Run(recipe=recipe, seed=seed) for seed in seeds]
    store, engine = Store(options.cache), LocalEngine(options.device, options.data)
    rows = []
    try:
        for run in runs:
            cached = store.find(run) is not None
            if not cached:
                with closing(execute(store, engine, run)) as measurements:
                    show_progress(run, measurements)
            rows.append({"seed": run.seed, **describe_run(store.find(run)), "cached": cached})
        code = 0
    except (StoreError, EngineError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        rows.append({"seed": run.seed, "status": "failed", "cached": False})
        code = 1
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
        rows.append({"seed": run.seed, "status": "interrupted", "cached": False})
        code = 1
    finally:
        engine.stop()
    lines = [f"seed {row['seed']}: {row['status']}{show_accuracy(row)}" for row in rows]
    answer(options, {"key": recipe.key, "runs": rows}, lines)
    return code


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


def list_results(options: argparse.Namespace) -> int:
    """Prints every recipe in the cache."""
    store = Store(options.cache)
    if not options.cache.is_dir():
        print(f"there is no cache at {options.cache} yet", file=sys.stderr)
    rows, lines = [], []
    for key, results in gather(store.finished()).items():
        accuracy = results.accuracy
        rows.append(
            {
                "key": key,
                "label": results.recipe.label,
                "values": results.recipe.values,
                "parameters": results.parameters,
                "seeds": list(results.accuracies),
                "test_accuracy": list(results.accuracies.values()),
                "diverged": results.diverged,
                "mean": accuracy.mean,
                "low": accuracy.low,
                "high": accuracy.high,
            }
        )
        lines.append(
            f"{say_interval(accuracy):36} {results.parameters:>9,} parameters  {results.recipe.label}  [{key}]"
        )
    for name in store.damaged:
        print(f"{name} is damaged and left out: training the run again sets it aside", file=sys.stderr)
    return answer(options, rows, lines or ["the cache is empty: train something"])


def compare_recipes(options: argparse.Namespace) -> int:
    """Prints whether one recipe is better than another, or how many more seeds that needs."""
    results = gather(Store(options.cache).finished())
    recipe, reference = find_recipe(options.recipe, results), find_recipe(options.reference, results)
    comparison = compare_results(results, recipe, reference)
    return answer(options, asdict(comparison), [f"{recipe.label} against {reference.label}: {comparison.words}"])


def replay_blog(options: argparse.Namespace) -> int:
    """Prints the blog's settings, what becomes of its conclusions, and the questions that take its confounds apart."""
    results = gather(Store(options.cache).finished())
    document = {
        "conclusions": describe_findings(CONCLUSIONS, results),
        "questions": describe_findings(QUESTIONS, results),
    }
    tables = (tabulate_settings(results), tabulate_conclusions(results), tabulate_questions(results))
    return answer(options, document, "\n\n".join("\n".join(lines) for lines in tables).splitlines())


def bench(options: argparse.Namespace) -> int:
    """Measures the speed of training and of the pages."""
    from tricks.bench import report  # The only command that imports PyTorch in this process.

    check_device(options.device, "--device")
    measure, tabulate = report.measure, report.tabulate
    if options.levers:
        measure, tabulate = report.measure_levers, report.tabulate_levers
    elif options.visitors:
        measure, tabulate = report.measure_visitors, report.tabulate_visitors
    try:
        measured = measure(options.data, options.device, options.rounds)
    except report.DataError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    code = answer(options, measured, tabulate(measured))
    if options.plot and measure is report.measure:
        report.save_plot(measured, options.plot)
    return code


def say_interval(interval: Interval) -> str:
    """An accuracy in words."""
    between = "" if interval.low is None else f" ({interval.low:.1%} to {interval.high:.1%})"
    return f"{interval.mean:.1%}{between}, N = {interval.count}"


def read_recipe(options: argparse.Namespace) -> Recipe:
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
    return recipe


def answer(options: argparse.Namespace, document: Any, lines: list[str]) -> int:
    """Prints the answer, for programs or for people."""
    print(json.dumps(document) if options.json else "\n".join(lines))
    return 0
