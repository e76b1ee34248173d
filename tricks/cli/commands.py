"""What the command line can do without a browser: every command takes its options and gives an answer."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from tricks.catalogue.trick import Value
from tricks.cli.arguments import explained, number, read_recipe
from tricks.cli.output import Answer
from tricks.engines.engine import EngineError
from tricks.recipe.network import count_flops, count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import STAGES, TRICKS
from tricks.settings import read_path

MOST_ROUNDS = 1000
BENCH_PARTS = {
    "levers": "what each optimisation brings, measured alone",
    "pages": "how quick the pages are, in a browser",
    "visitors": "how the page holds with many visitors, and what it costs",
    "queue": "what a request costs the servers of a cache",
}


def list_catalogue(options: Namespace) -> Answer:
    """The catalogue of tricks."""
    rows = [
        {
            name: getattr(trick, name)
            for name in (
                "name",
                "title",
                "why",
                "helps",
                "stage",
                "default",
                "recommended",
                "choices",
                "allowed",
                "needs",
                "paper",
                "picture",
                "no_picture",
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
    lines = [f"{row['name']:10} {row['title']:34} {format_settings(row['values'])}" for row in rows]
    return Answer(document=rows, lines=lines)


def describe(options: Namespace) -> Answer:
    """What is known of a recipe without training it."""
    recipe = read_recipe(options)
    network = describe_network(recipe)
    facts = {"key": recipe.key, "label": recipe.label, "values": recipe.values} | {
        "parameters": count_parameters(network),
        "flops": count_flops(network),
    }
    shown = facts | {"values": format_settings(recipe.values)}
    return Answer(document=facts, lines=[f"{name:10} {value}" for name, value in shown.items()])


def format_settings(values: dict[str, Value]) -> str:
    """Values as `--set` takes them."""
    return (
        " ".join(f"{name}={TRICKS[name].write(value)}" for name, value in values.items()) or "(as the blog's baseline)"
    )


def bench(options: Namespace) -> Answer:
    """Measures the speed of training and of the pages, or one part of it."""
    from tricks.bench import report  # The only command that imports PyTorch in this process.

    measure, tabulate = report.PARTS[options.part]
    try:
        measured = measure(options.data, options.device, options.rounds)
    except report.DataError as error:
        raise EngineError(str(error)) from None
    if options.plot and options.part == "all":
        report.save_plot(measured, options.plot)
    return Answer(document=measured, lines=tabulate(measured))


def add_parts(parser: ArgumentParser) -> None:
    """What the bench measures, and how long."""
    rounds = number(int, 1, MOST_ROUNDS)
    parser.add_argument("--rounds", type=rounds, default=5, metavar="N", help="slices that each trains (default 5)")
    about = "draw the speeds into an SVG or PNG file"
    parser.add_argument("--plot", type=explained(read_path), metavar="FILE", help=about)
    parts = parser.add_mutually_exclusive_group()
    parser.set_defaults(part="all")
    for part, about in BENCH_PARTS.items():
        parts.add_argument(f"--{part}", dest="part", action="store_const", const=part, help=about)
