"""The lab without a browser: `python -m tricks COMMAND`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from tricks.catalogue.datasets import DATASETS
from tricks.cli import answers, commands, doctor, effects, host, settle
from tricks.cli.output import Answer
from tricks.engines.engine import EngineError
from tricks.recipe.presets import PRESETS
from tricks.settings import DEVICES, Settings, read_data_folder, read_path, read_settings
from tricks.store.writer import StoreError

PROGRAM = "python -m tricks"


class Parser(argparse.ArgumentParser):
    """Answers wrong arguments with one line."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and ends with 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0 when it is done, 1 when the work failed, 2 when the arguments are wrong."""
    try:
        options = build_parser().parse_args(arguments)
        answer = options.command(options)
    except ValueError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    except (StoreError, EngineError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    print(answer.write(options.json))
    return answer.code


def build_parser() -> Parser:
    """All commands with their arguments."""
    settings = read_settings()
    parser = Parser(prog=PROGRAM, description="Which training tricks really help, by how much, and how sure?")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def add(name: str, command: Callable[[argparse.Namespace], Answer], about: str) -> Parser:
        sub = subparsers.add_parser(name, help=about, description=about)
        sub.set_defaults(command=command)
        sub.add_argument("--json", action="store_true", help="print one JSON document, and nothing else, on stdout")
        return sub

    add("list", commands.list_tricks, "the catalogue of tricks")
    add("presets", commands.list_presets, "the blog's settings by name")
    add_recipe(add("describe", commands.describe, "a recipe's key, parameters and FLOPs"))
    sub = add("train", commands.train, "train what is missing in the cache")
    add_recipe(sub)
    add_cache(sub, settings)
    add_machine(sub, settings)
    sub.add_argument("--seeds", type=int, default=1, metavar="N", help="finish the seeds 0 to N-1 (default 1)")
    sub.add_argument("--seed", type=int, metavar="K", help="finish just this seed")
    sub = add("results", answers.list_results, "all recipes in the cache, the best first by default")
    answers.add_order(sub)
    sub.add_argument("--csv", action="store_true", help="every run with its accuracies, as CSV")
    add_cache(sub, settings)
    sub = add("compare", answers.compare_two, "one recipe against another, over all seeds of both")
    answers.add_sides(sub)
    add_cache(sub, settings)
    about = "train seeds of whichever of two recipes needs them, until the verdict is clear or the budget ends"
    sub = add("settle", settle.settle, about)
    answers.add_sides(sub)
    settle.add_budget(sub)
    add_cache(sub, settings)
    add_machine(sub, settings)
    sub = add("effects", effects.list_effects, "what helps: every trick on top of a recipe, and the best so far")
    sub.add_argument("--base", default="baseline", metavar="P", help="a preset or a key (default baseline)")
    answers.add_measure(sub)
    add_cache(sub, settings)
    about = "the blog's settings and conclusions beside what the cache says, as Markdown tables"
    add_cache(add("blog", answers.replay_blog, about), settings)
    sub = add("bench", commands.bench, "speed: this code beside the blog's way, and peers where they are installed")
    add_machine(sub, settings)
    add_parts(sub)
    sub = add("doctor", doctor.examine, "whether all that the lab promises holds on this machine; some minutes")
    add_machine(sub, settings)
    add_cache(sub, settings)
    for name, (command, about) in host.COMMANDS.items():
        sub = add(name, command, about)
        add_cache(sub, settings)
        if name in ("stop", "delete"):
            sub.add_argument("name", metavar="NAME", help="a run's name, a recipe's key, or all")
        if name == "trim":
            sub.add_argument("gigabytes", type=float, metavar="GB", help="the size that the cache may have")
    return parser


def add_recipe(parser: Parser) -> None:
    """The arguments that make up a recipe."""
    parser.add_argument("--preset", default="baseline", metavar="P", help=f"one of {', '.join(PRESETS)}")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a trick; see `list`")
    parser.add_argument("--dataset", default="cifar10", metavar="D", help=f"one of {', '.join(DATASETS)}")


def add_cache(parser: Parser, settings: Settings) -> None:
    """The folder of results."""
    parser.add_argument("--cache", type=read_path, default=settings.cache, metavar="DIR", help="where results are kept")


def add_machine(parser: Parser, settings: Settings) -> None:
    """Where the images are, and what trains on them."""
    parser.add_argument(
        "--data", type=read_data_folder, default=settings.data, metavar="DIR", help="where CIFAR-10 is kept"
    )
    parser.add_argument("--device", default=settings.devices[0], metavar="DEVICE", help=DEVICES)


def add_parts(parser: Parser) -> None:
    """What the bench measures, and how long."""
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="slices that each trains (default 5)")
    parser.add_argument("--plot", type=read_path, metavar="FILE", help="draw the speeds into an SVG or PNG file")
    parts = parser.add_mutually_exclusive_group()
    parser.set_defaults(part="all")
    for part, about in commands.BENCH_PARTS.items():
        parts.add_argument(f"--{part}", dest="part", action="store_const", const=part, help=about)
