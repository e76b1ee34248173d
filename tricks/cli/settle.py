"""`python -m tricks settle A B`: trains seeds of whichever side needs them, until the verdict is clear."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from tricks.analysis.compare import describe_comparison
from tricks.catalogue.datasets import DATASETS
from tricks.cli.arguments import number
from tricks.cli.output import Answer
from tricks.cli.train import train_all
from tricks.recipe.run import Run
from tricks.scheduling.durations import DurationEstimate
from tricks.scheduling.settle import FEWEST_SEEDS, MOST_SEEDS, Question, choose_next
from tricks.stats.wording import format_comparison
from tricks.store.results import Results, find_recipe, gather
from tricks.store.store import Store

USUAL_BUDGET = 20


def add_budget(parser: ArgumentParser) -> None:
    """How far settling may go, and on which images."""
    about = f"seeds that each side may have in the end, those that are known included (default {USUAL_BUDGET})"
    budget = number(int, FEWEST_SEEDS, MOST_SEEDS)
    parser.add_argument("--at-most", type=budget, default=USUAL_BUDGET, metavar="N", help=about)
    about = f"the images of presets, one of {', '.join(DATASETS)}; a key names its own"
    parser.add_argument("--dataset", default="cifar10", metavar="D", help=about)


def settle(options: Namespace) -> Answer:
    """Trains until the verdict is clear or the budget ends; Ctrl-C leaves what the same command goes on with."""
    store = Store(options.cache)
    question = read_question(options, gather(store.finished()))
    trained: list[Run] = []
    failed = train_all(store, options, list_batches(store, question, options.at_most, trained))
    results = gather(store.finished())
    comparison = question.compare(results)
    is_over = not choose_next(question, options.at_most, results)
    ended = "failed" if failed else "interrupted" if not is_over else "clear" if comparison.is_clear else "budget"
    document = describe_comparison(comparison) | {
        "ended": ended,
        "at_most": options.at_most,
        "trained": [{"key": run.recipe.key, "seed": run.seed} for run in trained if store.find(run)],
    }
    sides = " against ".join(recipe.label for recipe in question.sides)
    budget = f" (the budget of {options.at_most} seeds each is used up)" if ended == "budget" else ""
    return Answer(document=document, lines=[f"{sides}: {format_comparison(comparison)}{budget}"], code=int(not is_over))


def read_question(options: Namespace, results: Results) -> Question:
    """The question that the arguments ask (ValueError, one sentence)."""
    recipe, reference = (find_recipe(name, results, options.dataset) for name in (options.recipe, options.reference))
    return Question(recipe=recipe, reference=reference, measure=options.measure)


def list_batches(store: Store, question: Question, at_most: int, trained: list[Run]) -> Iterator[list[Run]]:
    """What to train next, batch after batch, which is added to `trained`; says on stderr how far it is."""
    while True:
        finished = store.finished()
        results, pace = gather(finished), DurationEstimate.measure(finished, None)
        runs = choose_next(question, at_most, results, pace.expect)
        if not runs:
            return
        print(format_step(question, results, at_most, runs), file=sys.stderr, flush=True)
        trained += runs
        yield runs


def format_step(question: Question, results: Results, at_most: int, runs: list[Run]) -> str:
    """What is known so far, and what is trained next."""
    next_runs = ", ".join(f"seed {run.seed} of {run.recipe.label}" for run in runs)
    return f"{format_comparison(question.compare(results))}; next, with at most {at_most} seeds each: {next_runs}"
