"""Where a trick is asked about: on the baseline, on a strong recipe, and with few images."""

from dataclasses import dataclass

from tricks.analysis.effects import (
    Change,
    Effect,
    add_trick,
    count_measured,
    list_additions,
    list_known_choices,
    list_removals,
    measure,
)
from tricks.catalogue.trick import Trick, Value
from tricks.recipe.presets import STRONG
from tricks.recipe.recipe import Recipe
from tricks.store.results import Results


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A recipe on top of which tricks are asked about; `title` says where that is."""

    title: str
    values: dict[str, Value]


SITUATIONS = {
    "baseline": Situation(title="On the baseline", values={}),
    "strong": Situation(title="In a strong recipe", values=STRONG.values),
    "few": Situation(title="With a tenth of the images", values={"train_share": 0.1, "epochs": 100}),
}


def ask_about(trick: Trick, situation: Situation) -> Change | None:
    """The trick on top of the situation, or, where it is part of it, against the same without; None where neither is
    a question."""
    base = Recipe(**situation.values)
    if trick.name in situation.values:
        return next((change for change in list_removals(base) if change.trick == trick), None)
    return add_trick(trick, base)


def list_questions(trick: Trick, situation: Situation, results: Results) -> list[Change]:
    """What is asked about the trick there: the usual question, if there is one, and its other choices with results."""
    usual = ask_about(trick, situation)
    return [usual, *list_known_choices(trick, Recipe(**situation.values), results)] if usual else []


def measure_in(situation: Situation, change: Change, results: Results) -> Effect:
    """What the cache knows of it, by itself and as one of all tricks that are asked about there."""
    base = Recipe(**situation.values)
    comparisons = count_measured([*list_additions(base, results), *list_removals(base)], results)
    return measure(change, results, comparisons=comparisons)
