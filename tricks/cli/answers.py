"""What the cache says, on the command line: its results, comparisons, and the blog's claims."""

import csv
import io
import statistics
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

from tricks.analysis.claims import CONCLUSIONS, QUESTIONS
from tricks.analysis.compare import compare_recipes, describe_comparison, measure_accuracy
from tricks.analysis.verdicts import describe_findings, tabulate_conclusions, tabulate_questions, tabulate_settings
from tricks.cli.arguments import NAMED
from tricks.cli.output import Answer
from tricks.stats.comparison import MEASURES, SETTLED
from tricks.stats.wording import format_comparison
from tricks.store.imported import gather_all
from tricks.store.results import RecipeResults, Results, find_recipe, format_origins, gather
from tricks.store.store import Store
from tricks.store.writer import StoreError

ORDERS = {
    "accuracy": lambda one: -statistics.fmean(one.accuracies.values()),
    "parameters": lambda one: one.parameters,
    "seconds": lambda one: one.seconds,
    "seeds": lambda one: -len(one.runs),
    "label": lambda one: one.recipe.label,
}
CSV_COLUMNS = ("key", "label", "seed", "test_accuracy", "settled_accuracy", "diverged", "origin")


def read_cache(options: Namespace) -> Results:
    """All results of the cache, with those of other hosts only where that is asked for; what is left out is told."""
    store = Store(options.cache)
    results = gather_all(store) if options.imported else gather(store.finished())
    tell_left_out(store)
    return results


def tell_left_out(store: Store) -> None:
    """Names the files that could not be read on stderr (StoreError where none could)."""
    if store.trouble:
        raise StoreError(store.trouble)
    for name in store.damaged:
        print(f"{name} is damaged and left out: training the run again sets it aside", file=sys.stderr)
    for name in store.unreadable:
        print(f"{name} is left out: this user may not read it", file=sys.stderr)


def add_imported(parser: ArgumentParser) -> None:
    """Whether runs of other hosts count."""
    about = "with the runs of other hosts, which `import` has brought"
    parser.add_argument("--imported", action="store_true", help=about)


def add_sides(parser: ArgumentParser) -> None:
    """Which two recipes are compared."""
    parser.add_argument("recipe", metavar="A", help=NAMED)
    parser.add_argument("reference", metavar="B", help=NAMED)


def add_measure(parser: ArgumentParser) -> None:
    """Which accuracy is compared."""
    about = "settled: the mean of the last three epochs, where schedules are alike; last: after the last epoch"
    parser.add_argument("--measure", choices=MEASURES, default=SETTLED, help=about)


def add_form(parser: ArgumentParser) -> None:
    """For people, or for a spreadsheet; and in which order."""
    parser.add_argument("--csv", action="store_true", help="every run with its accuracies, as CSV")
    about = "the best, the smallest, the quickest, or those with most seeds first, or by label (default accuracy)"
    parser.add_argument("--sort", choices=ORDERS, default="accuracy", help=about)


def list_results(options: Namespace) -> Answer:
    """Every recipe in the cache, sorted; as CSV every run."""
    if not options.cache.is_dir():
        print(f"there is no cache at {options.cache} yet", file=sys.stderr)
    results = read_cache(options)
    ordered = sort_results(results, options.sort)
    if options.csv:
        return Answer(document=list_runs(ordered), lines=write_csv(ordered))
    rows = [describe_results(one, results) for one in ordered]
    lines = [
        f"{format_recipe_accuracy(row):36} {row['parameters']:>9,} parameters  {row['label']}  [{row['key']}]"
        f"{' (' + format_origins(row['origins']) + ')' if row['origins'] else ''}"
        for row in rows
    ]
    return Answer(document=rows, lines=lines or ["the cache is empty: train something"])


def sort_results(results: Results, order: str) -> list[RecipeResults]:
    """The recipes in this order."""
    return sorted(results.values(), key=ORDERS[order])


def describe_results(one: RecipeResults, results: Results) -> dict[str, Any]:
    """A recipe's results; mean, low and high are of the accuracy after the last epoch."""
    accuracy = measure_accuracy(one.recipe, results)
    return {
        "key": one.recipe.key,
        "label": one.recipe.label,
        "values": one.recipe.values,
        "parameters": one.parameters,
        "seeds": list(one.accuracies),
        "test_accuracy": list(one.accuracies.values()),
        "settled_accuracy": list(one.settled_accuracies.values()),
        "diverged": one.diverged,
        "origins": dict(one.origins),
        "mean": accuracy.mean,
        "low": accuracy.low,
        "high": accuracy.high,
    }


def list_runs(ordered: Sequence[RecipeResults]) -> list[dict[str, Any]]:
    """Every finished run with its accuracies, recipe by recipe and by seed."""
    return [
        {
            "key": one.recipe.key,
            "label": one.recipe.label,
            "seed": seed,
            "test_accuracy": run.outcome.test_accuracy,
            "settled_accuracy": run.settled_accuracy,
            "diverged": run.outcome.diverged,
            "origin": run.origin,
        }
        for one in ordered
        for seed, run in one.runs.items()
    ]


def write_csv(ordered: Sequence[RecipeResults]) -> list[str]:
    """Every finished run as a line of CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(list_runs(ordered))
    return text.getvalue().splitlines()


def compare_two(options: Namespace) -> Answer:
    """Whether one recipe is better than another, or how many more seeds that needs."""
    results = read_cache(options)
    recipe, reference = find_recipe(options.recipe, results), find_recipe(options.reference, results)
    if recipe == reference:
        raise ValueError(f"{recipe.label} is given twice: compare one recipe with another")
    comparison = compare_recipes(recipe, reference, results, options.measure)
    words = f"{recipe.label} against {reference.label}: {format_comparison(comparison)}"
    return Answer(document=describe_comparison(comparison), lines=[words])


def replay_blog(options: Namespace) -> Answer:
    """The blog's settings, what becomes of its conclusions, and the questions that take its confounds apart."""
    results = gather(Store(options.cache).finished())
    document = {
        "conclusions": describe_findings(CONCLUSIONS, results),
        "questions": describe_findings(QUESTIONS, results),
    }
    tables = (tabulate_settings(results), tabulate_conclusions(results), tabulate_questions(results))
    return Answer(document=document, lines="\n\n".join("\n".join(lines) for lines in tables).splitlines())


def format_recipe_accuracy(row: dict[str, Any]) -> str:
    """A recipe's accuracy in words."""
    between = "" if row["low"] is None else f" ({row['low']:.1%} to {row['high']:.1%})"
    return f"{row['mean']:.1%}{between}, N = {len(row['seeds'])}"
