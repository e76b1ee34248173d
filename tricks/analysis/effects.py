"""What each trick does: alone on the baseline, on top of another recipe, and taken out of a full one.

A question is a `Change`, two recipes that differ in one trick; its answer is an `Effect`, measured on the seeds that
both have. Both are plain values made from the catalogue, so that a new trick is asked about by existing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tricks.catalogue.trick import Trick, Value
from tricks.recipe.recipe import TRICKS, Recipe, recommend_learning_rate
from tricks.stats.comparison import ALPHA, Comparison, compare, fewest_pairs, format_points, pair
from tricks.store.results import RecipeResults

Results = Mapping[str, RecipeResults]
Accuracies = tuple[tuple[int, float], ...]

# Tricks that the full recipe leaves at the baseline's value, and why.
LEFT_OUT = {
    "batch_size": "twice the batch is half the steps in a training of fixed length",
    "conv_width": "wider convolutions are four times the arithmetic, whatever else is on",
    "optimizer": "SGD wants a learning rate and a schedule of its own",
    "epochs": "a longer training is a larger budget, and helps whatever else is on",
    "precision": "it is there for the speed",
}


@dataclass(frozen=True, kw_only=True)
class FullRecipe:
    """A recipe with much switched on, from which one trick at a time is taken out; `reason` says why this one."""

    title: str
    values: dict[str, Value]
    reason: str


FULL_RECIPES = {
    "all": FullRecipe(
        title="All that combine",
        values={name: trick.recommended for name, trick in TRICKS.items() if name not in LEFT_OUT},
        reason="Every trick at its recommended value, but those that change the budget or ask for another recipe.",
    ),
    "residual": FullRecipe(
        title="The blog's best",
        values={"batch_norm": "before", "block": "residual"},
        reason="What the blog found best: residual blocks, which came together with BatchNorm.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A question: what does `recipe` bring against `reference`, from which it differs in one trick?"""

    trick: Trick
    recipe: Recipe
    reference: Recipe

    @property
    def label(self) -> str:
        """What is switched on or off, with the value that it has where it is on."""
        on, off = self.recipe.values, self.reference.values
        return format_values({name: value for name, value in {**off, **on}.items() if on.get(name) != off.get(name)})


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A change and what the cache knows of it: the differences by seed, and what they amount to."""

    change: Change
    differences: dict[int, float]
    comparison: Comparison
    diverged: tuple[int, ...]


def switch_on(trick: Trick) -> dict[str, Value]:
    """The values that put the trick to work; an optimiser brings the learning rate that suits it."""
    return recommend_learning_rate({trick.name: trick.recommended})


def format_values(values: Mapping[str, Value]) -> str:
    """Values in a few words, without the dataset that a recipe's label has."""
    return " + ".join(TRICKS[name].say(value) for name, value in values.items())


def list_additions(base: Recipe) -> list[Change]:
    """Each trick of the catalogue switched on, on top of the base; those that would undo a part of it are left out."""
    additions = []
    for trick in TRICKS.values():
        values = switch_on(trick)
        if not values.keys() & base.values.keys():
            recipe = Recipe(dataset=base.dataset, **{**base.values, **values})
            additions.append(Change(trick=trick, recipe=recipe, reference=base))
    return additions


def list_removals(full: Recipe) -> list[Change]:
    """Each trick of the full recipe taken out of it."""
    return [Change(trick=TRICKS[name], recipe=_without(full, name), reference=full) for name in full.values]


def compare_known(recipe: Recipe, reference: Recipe, results: Results, alpha: float = ALPHA) -> Comparison:
    """The recipe against the reference, as far as the cache knows them."""
    return compare_remembered(_accuracies(recipe, results), _accuracies(reference, results), alpha)


def compare_remembered(values: Mapping[int, float], reference: Mapping[int, float], alpha: float = ALPHA) -> Comparison:
    """As `compare`, but quick: a page asks the same again every few seconds."""
    return _compare(tuple(values.items()), tuple(reference.items()), alpha)


def subtract(recipe: Recipe, reference: Recipe, results: Results) -> dict[int, float]:
    """By how much the recipe is ahead of the reference, for each seed that both have."""
    return pair(_accuracies(recipe, results), _accuracies(reference, results))


def measure(change: Change, results: Results, alpha: float = ALPHA) -> Effect:
    """What the cache knows of the change; `alpha` is smaller where it is one of many."""
    known = [results[each.key] for each in (change.recipe, change.reference) if each.key in results]
    return Effect(
        change=change,
        differences=subtract(change.recipe, change.reference, results),
        comparison=compare_known(change.recipe, change.reference, results, alpha),
        diverged=tuple(sorted({seed for each in known for seed in each.diverged})),
    )


def sort_effects(effects: Iterable[Effect]) -> list[Effect]:
    """The largest first; those with fewer than four pairs after the others, and those without a pair last."""
    return sorted(effects, key=_rank)


def format_interval(comparison: Comparison) -> str:
    """The interval of a difference, or what is missing for one."""
    if comparison.difference is None:
        return "not measured yet"
    if comparison.low is None:
        return f"needs {comparison.fewest} pairs"
    return f"{format_points(comparison.low)} to {format_points(comparison.high)}"


def format_figures(comparison: Comparison, differences: Mapping[int, float]) -> str:
    """The difference with its interval and number of pairs; while there is no interval, the plain differences."""
    interval = format_interval(comparison)
    if comparison.difference is None:
        return interval
    if comparison.low is None:
        return f"an interval {interval}; so far {', '.join(format_points(value) for value in differences.values())}"
    return f"{format_points(comparison.difference)} points ({interval}), {comparison.pairs} pairs"


def format_accuracy(result: RecipeResults | None) -> str:
    """A recipe's mean accuracy with interval and N; before four seeds the plain values; and what diverged."""
    if result is None:
        return "not trained yet"
    accuracy, diverged = result.accuracy, format_diverged(result.diverged)
    note = f"; {diverged}" if diverged else ""
    if accuracy.low is None:
        plain = ", ".join(f"{value:.1%}" for value in result.accuracies.values())
        return f"{plain} (an interval needs four seeds{note})"
    return f"{accuracy.mean:.1%} ({accuracy.low:.1%} to {accuracy.high:.1%}, N = {accuracy.count}{note})"


def format_diverged(seeds: Sequence[int]) -> str:
    """The seeds that diverged, which count all the same; nothing where none did."""
    return f"diverged: seed {', '.join(map(str, seeds))}" if seeds else ""


def _without(full: Recipe, name: str) -> Recipe:
    values = {other: value for other, value in full.values.items() if other != name}
    return Recipe(dataset=full.dataset, **values)


def _accuracies(recipe: Recipe, results: Results) -> dict[int, float]:
    return results[recipe.key].accuracies if recipe.key in results else {}


@lru_cache(maxsize=4096)
def _compare(values: Accuracies, reference: Accuracies, alpha: float) -> Comparison:
    return compare(dict(values), dict(reference), alpha)


def _rank(effect: Effect) -> tuple[int, float]:
    comparison = effect.comparison
    if comparison.pairs >= fewest_pairs():
        return 0, -comparison.difference
    return (1 if comparison.pairs else 2), 0
