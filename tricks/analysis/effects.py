"""What each trick brings: alone on the baseline, on top of another recipe, and in a full one, which is tried without.

A question is a `Change`, two recipes that differ in one trick; its answer is an `Effect`, measured on all seeds of
both. Both are plain values made from the catalogue, so that a new trick is asked about by existing.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tricks.analysis.compare import compare_recipes, describe_comparison
from tricks.catalogue.trick import Trick, Value
from tricks.recipe.presets import COMBINED, STRONG
from tricks.recipe.recipe import TRICKS, Recipe, fill_in
from tricks.stats.comparison import SETTLED, Comparison
from tricks.stats.interval import bonferroni
from tricks.store.results import Results

# Tricks that the full recipe leaves off, and why.
LEFT_OUT = {name: trick.left_out for name, trick in TRICKS.items() if trick.left_out}


@dataclass(frozen=True, kw_only=True)
class FullRecipe:
    """A recipe with much switched on, from which one trick at a time is taken out; `reason` says why this one."""

    title: str
    values: dict[str, Value]
    reason: str


FULL_RECIPES = {
    "residual": FullRecipe(
        title="The blog's best",
        values={"batch_norm": "before", "block": "residual"},
        reason="What the blog found best: residual blocks, which came together with BatchNorm.",
    ),
    "strong": FullRecipe(
        title="A strong recipe",
        values=STRONG.values,
        reason="What helps alone within the blog's budget, with what is usual in short trainings.",
    ),
    "all": FullRecipe(
        title="All that combine",
        values=COMBINED,
        reason="Every trick at its recommended value, but those that change the budget or ask for another recipe.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A question: what does `recipe` bring against `reference`, from which it differs in one trick?

    `needs` is what both have beside the recipe that was asked about, since the trick does nothing without.
    """

    trick: Trick
    recipe: Recipe
    reference: Recipe
    needs: Mapping[str, Value] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Value]:
        """What is switched on or off, with the value that it has where it is on."""
        on, off = self.recipe.values, self.reference.values
        return {name: value for name, value in {**off, **on}.items() if on.get(name) != off.get(name)}

    @property
    def label(self) -> str:
        """The same in a few words."""
        given = f", given {format_changes(self.needs)}" if self.needs else ""
        return format_changes(self.values) + given


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A change and what the cache knows of it.

    `single` is its comparison by itself, `corrected` the same as one of all that have data in its view.
    """

    change: Change
    single: Comparison
    corrected: Comparison
    diverged: tuple[int, ...]


def switch_on(trick: Trick) -> dict[str, Value]:
    """The values that put the trick to work: what it needs, and an optimiser the learning rate that suits it."""
    return {**trick.needs, **fill_in({trick.name: trick.recommended})}


def format_changes(values: Mapping[str, Value]) -> str:
    """Values in a few words, without the dataset that a recipe's label has."""
    return " + ".join(TRICKS[name].say(value) for name, value in values.items())


def list_additions(base: Recipe, results: Container[str] = ()) -> list[Change]:
    """Each trick of the catalogue switched on, on top of the base, also with those of its choices that have results.

    Those that would undo a part of the base are left out, and so are conditions, which are no tricks.
    """
    tricks = [trick for trick in TRICKS.values() if not trick.is_condition]
    additions = [add_trick(trick, base) for trick in tricks]
    others = [other for trick in tricks for other in list_known_choices(trick, base, results)]
    return [addition for addition in additions if addition] + others


def list_known_choices(trick: Trick, base: Recipe, results: Container[str]) -> list[Change]:
    """The trick on top of the base with those choices beside the recommended one that have results."""
    others = (add_trick(trick, base, choice) for choice in trick.choices or () if choice != trick.recommended)
    return [other for other in others if other and is_measured(other, results)]


def add_trick(trick: Trick, base: Recipe, value: Value | None = None) -> Change | None:
    """The trick with this value, or the recommended one, on top of the base, against the base, both with what the trick
    needs there; None where it would undo a part of the base, or do nothing."""
    needs = trick.needs if trick.is_idle(base) else {}
    values = fill_in({trick.name: trick.recommended if value is None else value})
    if (needs | values).keys() & base.values.keys():
        return None
    reference = replace(base, **needs)
    recipe = replace(reference, **values)
    return Change(trick=trick, recipe=recipe, reference=reference, needs=needs) if recipe != reference else None


def list_removals(full: Recipe) -> list[Change]:
    """What each trick of the full recipe brings there: the recipe against itself without the trick."""
    tricks = [TRICKS[name] for name in full.values if not TRICKS[name].is_condition]
    return [Change(trick=trick, recipe=full, reference=_without(full, trick.name)) for trick in tricks]


def count_measured(changes: Iterable[Change], results: Results) -> int:
    """How many of the changes have runs on both sides: so many comparisons a view of them makes."""
    return sum(is_measured(one, results) for one in changes)


def is_measured(change: Change, results: Container[str]) -> bool:
    """Whether both sides have runs."""
    return change.recipe.key in results and change.reference.key in results


def measure(change: Change, results: Results, wish: str = SETTLED, comparisons: int = 1) -> Effect:
    """What the cache knows of the change, by itself and as one of so many comparisons."""
    sides = (change.recipe, change.reference)
    return Effect(
        change=change,
        single=compare_recipes(*sides, results, wish),
        corrected=compare_recipes(*sides, results, wish, bonferroni(comparisons)),
        diverged=tuple(sorted({seed for each in sides if each.key in results for seed in results[each.key].diverged})),
    )


def measure_all(changes: Iterable[Change], results: Results, wish: str = SETTLED) -> list[Effect]:
    """What the cache knows of the changes, corrected for all of them that have data; the largest first."""
    changes = list(changes)
    comparisons = count_measured(changes, results)
    return sort_effects(measure(change, results, wish, comparisons) for change in changes)


def sort_effects(effects: Iterable[Effect]) -> list[Effect]:
    """The largest first; those without an interval after the others, and those without a difference last."""
    return sorted(effects, key=_rank)


def describe_effect(effect: Effect) -> dict[str, Any]:
    """An effect for programs; fractions, not points."""
    corrected = effect.corrected
    names = ("measure", "difference", "low", "high", "verdict", "seeds", "seeds_needed")
    single = {name: value for name, value in describe_comparison(effect.single).items() if name in names}
    return {
        "name": effect.change.trick.name,
        "values": effect.change.values,
        **single,
        "corrected_low": corrected.low,
        "corrected_high": corrected.high,
        "corrected_verdict": corrected.verdict,
    }


def _without(full: Recipe, name: str) -> Recipe:
    filled_in = fill_in({name: full.values[name]}).items()  # As an optimiser's learning rate, which goes with it.
    values = {other: value for other, value in full.values.items() if (other, value) not in filled_in}
    return Recipe(dataset=full.dataset, **values)


def _rank(effect: Effect) -> tuple[int, float]:
    if effect.single.difference is None:
        return 2, 0
    return (1 if effect.single.low is None else 0), -effect.single.difference
