"""Two tricks together: does the second still help when the first is on?"""

from dataclasses import dataclass

from tricks.analysis.effects import (
    Change,
    Effect,
    Results,
    compare_remembered,
    format_figures,
    format_values,
    list_additions,
    measure,
    switch_on,
)
from tricks.catalogue.trick import Trick
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import ALPHA, Comparison, format_count, format_seeds
from tricks.stats.comparison import pair as subtract_by_seed  # A pair here is one of tricks.


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two tricks and the second's two changes: without the first, and with it."""

    first: Trick
    alone: Change
    together: Change


@dataclass(frozen=True, kw_only=True)
class PairEffect:
    """The second trick's effect without the first and with it; `interaction` is how far the two differ, by seed too."""

    pair: Pair
    alone: Effect
    together: Effect
    interaction: Comparison
    differences: dict[int, float]


def list_pairs(first: Trick, dataset: str) -> list[Pair]:
    """Each other trick with and without the first; two that set the same field are no pair."""
    alone = {change.trick.name: change for change in list_additions(Recipe(dataset=dataset))}
    together = list_additions(Recipe(dataset=dataset, **switch_on(first)))
    return [Pair(first=first, alone=alone[change.trick.name], together=change) for change in together]


def measure_pair(pair: Pair, results: Results, alpha: float = ALPHA) -> PairEffect:
    """What the cache knows of the pair; the interaction is paired over the seeds that all four recipes have."""
    alone, together = measure(pair.alone, results, alpha), measure(pair.together, results, alpha)
    return PairEffect(
        pair=pair,
        alone=alone,
        together=together,
        interaction=compare_remembered(together.differences, alone.differences, alpha),
        differences=subtract_by_seed(together.differences, alone.differences),
    )


def format_still_helps(effect: PairEffect) -> str:
    """Whether the second trick still helps when the first is on, in a few words."""
    if not effect.together.comparison.pairs:
        return "not measured yet"
    answers = {"better": "yes", "worse": "no, it harms", "about the same": "no, about the same"}
    return answers.get(effect.together.comparison.verdict, "not clear yet")


def format_interaction(effect: PairEffect) -> str:
    """How the two tricks go together, in one sentence."""
    first, second = format_values(switch_on(effect.pair.first)), effect.pair.alone.label
    comparison = effect.interaction
    if comparison.low is None:
        known = format_count(comparison.pairs) if comparison.pairs else "none"
        return (
            f"How {first} changes the effect of {second} is not clear yet: that needs {comparison.fewest} seeds that"
            f" all four recipes have, and so far they have {known}."
        )
    meaning = {
        "better": f"the effect of {second} is larger with {first}: the two help each other",
        "worse": f"the effect of {second} is smaller with {first}: together they bring less than their sum",
        "about the same": f"the effect of {second} is the same with {first} and without, within one point: they add up",
    }
    words = meaning.get(comparison.verdict, f"how {first} changes the effect of {second} is not clear yet")
    needed = f", {format_seeds(comparison.seeds_needed)} needed" if comparison.seeds_needed else ""
    return f"{words[0].upper()}{words[1:]} ({format_figures(comparison, effect.differences)}{needed})."
