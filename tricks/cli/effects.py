"""`python -m tricks effects`: what the page What helps? says, for people and for programs."""

from argparse import ArgumentParser, Namespace

from tricks.analysis.answer import GROUPS, Measured, describe_measured, find_answer, format_answer, say_where
from tricks.analysis.best import FEWEST_SEEDS, describe_best, find_best, format_best, name_classes
from tricks.analysis.confounds import SAME_SHARE
from tricks.analysis.costs import COSTS, list_factors
from tricks.analysis.effects import Change, describe_effect, list_additions, list_removals
from tricks.cli.answers import read_cache
from tricks.cli.arguments import NAMED
from tricks.cli.output import Answer
from tricks.recipe.recipe import Recipe
from tricks.stats.wording import format_certainty, format_comparison, format_count
from tricks.store.results import Results, find_recipe, gather
from tricks.store.store import Store


def add_base(parser: ArgumentParser) -> None:
    """On top of which recipe, or of which recipe taken out."""
    parser.add_argument("--base", default="baseline", metavar="P", help=f"{NAMED} (default baseline)")
    parser.add_argument("--taken-out", action="store_true", help="what each trick of the base brings there instead")


def list_effects(options: Namespace) -> Answer:
    """The answer in words, each trick by verdict, what is not measured, and the best recipes so far."""
    results = read_cache(options)
    base = find_recipe(options.base, results)
    changes = list_changes(base, results, options.taken_out)
    answer = find_answer(changes, results, options.measure)
    best = find_best(gather(Store(options.cache).finished()), base.dataset)  # Runs of other hosts do not compete.
    document = {
        "base": base.key,
        "taken_out": options.taken_out,
        "measure": options.measure,
        "comparisons": answer.comparisons,
        "effects": [describe_measured(one) for one in answer.measured],
        "not_measured": [describe_effect(effect) for effect in answer.unmeasured],
        "best": [describe_best(one) for one in best],
    }
    lines = format_answer(answer, say_where(base, options.taken_out))
    for verdict, group in answer.groups.items():
        title, meaning = GROUPS[verdict]
        lines += ["", f"{title}: {meaning}", *(f"  {format_effect(one, answer.comparisons)}" for one in group)]
    if answer.unmeasured:
        lines += ["", f"Not measured yet: {'; '.join(effect.change.label for effect in answer.unmeasured)}"]
    if best:
        competing = f"{best[0].competing} recipes with {format_count(FEWEST_SEEDS)} seeds or more"
        lines += ["", f"Best so far, after the last epoch, of {competing}, chosen on the test images"]
        lines += [f"  {title}: {format_best(one)}" for title, one in name_classes(best).items()]
    return Answer(document=document, lines=lines)


def list_changes(base: Recipe, results: Results, taken_out: bool) -> list[Change]:
    """What is asked of every trick; a ValueError where there is nothing to take out."""
    changes = list_removals(base) if taken_out else list_additions(base, results)
    if taken_out and not changes:
        raise ValueError(f"{base.label} has no trick that could be taken out: choose another --base")
    return changes


def format_effect(one: Measured, comparisons: int) -> str:
    """A trick, what it brings, how sure that is, what it costs where that is not the same, and what else it changes."""
    single = one.effect.single
    certainty = format_certainty(single, one.effect.corrected)
    sure = f" ({certainty.replace('among all', f'among all {comparisons}')})" if certainty else ""
    factors = list_factors(one.costs)
    told = [f"{name} {factors[name]}" for name in COSTS if abs(getattr(one.costs, name) - 1) > SAME_SHARE]
    details = [*told, *(f"also {words}" for words in one.also)]
    costs = f"; {', '.join(details)}" if details else ""
    return f"{one.effect.change.label}: {format_comparison(single)}{sure}{costs}"
