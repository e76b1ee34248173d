"""Two tricks together: does the second still help when the first is on?"""

from collections.abc import Sequence
from dataclasses import dataclass

from tricks.analysis.compare import compare_differences
from tricks.analysis.effects import (
    Change,
    Effect,
    format_changes,
    is_measured,
    list_additions,
    measure,
    switch_on,
)
from tricks.catalogue.trick import Trick
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import BETTER, SAME, SETTLED, WORSE, Comparison
from tricks.stats.interval import bonferroni
from tricks.stats.wording import begin_sentence, format_certainty, format_count, format_figures, format_seeds
from tricks.store.results import Results


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two tricks and the second's two changes: without the first, and with it."""

    first: Trick
    alone: Change
    together: Change


@dataclass(frozen=True, kw_only=True)
class PairEffect:
    """The second trick's effect without the first and with it; `interaction` is how far the two differ.

    `corrected` is the interaction as one of all comparisons of its view.
    """

    pair: Pair
    alone: Effect
    together: Effect
    interaction: Comparison
    corrected: Comparison


def list_pairs(first: Trick, dataset: str) -> list[Pair]:
    """Each other trick with and without the first; two that set the same field are no pair, nor are one and another
    that does nothing without it."""
    alone = {change.trick.name: change for change in list_additions(Recipe(dataset=dataset))}
    together = list_additions(Recipe(dataset=dataset, **switch_on(first)))
    return [
        Pair(first=first, alone=alone[change.trick.name], together=change)
        for change in together
        if not change.trick.needs.keys() & switch_on(first).keys()
    ]


def measure_pair(pair: Pair, results: Results, wish: str = SETTLED, comparisons: int = 1) -> PairEffect:
    """What the cache knows of the pair, by itself and as one of so many comparisons."""
    changes = (pair.together, pair.alone)
    recipes = [recipe for change in changes for recipe in (change.recipe, change.reference)]
    return PairEffect(
        pair=pair,
        alone=measure(pair.alone, results, wish, comparisons),
        together=measure(pair.together, results, wish, comparisons),
        interaction=compare_differences(recipes, results, wish),
        corrected=compare_differences(recipes, results, wish, bonferroni(comparisons)),
    )


def count_figures(pairs: Sequence[Pair], results: Results) -> int:
    """How many comparisons a view of these pairs makes: of each pair that is known with the first on, the effect there,
    and where the effect alone is known, that and the interaction."""
    return sum(1 + 2 * is_measured(pair.alone, results) for pair in pairs if is_measured(pair.together, results))


def format_interaction(effect: PairEffect) -> str:
    """How the two tricks go together, in one sentence."""
    first, second = format_changes(switch_on(effect.pair.first)), effect.pair.alone.label
    comparison = effect.interaction
    if comparison.low is None:
        why = "the four recipes scatter too differently for so few seeds"
        if comparison.lacks_seeds:
            has = f"one of them has {format_count(comparison.least_seeds, none='none')} so far"
            why = f"that needs {format_count(comparison.fewest)} seeds of each of the four recipes, and {has}"
        return f"How {first} changes the effect of {second} is not clear yet: {why}."
    meaning = {
        BETTER: f"the effect of {second} is larger with {first}: the two help each other",
        WORSE: f"the effect of {second} is smaller with {first}: together they bring less than their sum",
        SAME: f"the effect of {second} is the same with {first} and without, within one point: they add up",
    }
    words = meaning.get(comparison.verdict, f"how {first} changes the effect of {second} is not clear yet")
    needed = f"{format_seeds(comparison.seeds_needed)} needed" if comparison.seeds_needed else ""
    details = (format_figures(comparison), needed, format_certainty(comparison, effect.corrected))
    return f"{begin_sentence(words)} ({', '.join(filter(None, details))})."
