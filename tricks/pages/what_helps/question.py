"""What is asked: which tricks, on top of what, on which images, by which accuracy; all of it in the link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from tricks.analysis.answer import say_where
from tricks.analysis.effects import (
    FULL_RECIPES,
    LEFT_OUT,
    Change,
    format_changes,
    list_additions,
    list_removals,
    switch_on,
)
from tricks.analysis.interactions import Pair, list_pairs
from tricks.catalogue.datasets import DATASETS
from tricks.lab import open_lab
from tricks.pages.shared.choices import choose
from tricks.pages.shared.imported import choose_imported
from tricks.pages.shared.measure import choose_measure
from tricks.recipe.link import read_word, write_word
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.store.results import Results

VIEWS = {"alone": "Switched on", "removed": "Taken out", "pairs": "In pairs"}
FIRST = "batch_norm"  # What the blog combined with its residual blocks.


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The question: what do the `changes` bring? `where` says on top of what, in words; `base` is that recipe, or what
    they are taken out of; `pairs` are its pairs, if it is of pairs, each with its change on top of the first;
    `imported` says whether other hosts' runs count too."""

    view: str
    dataset: str
    measure: str
    where: str
    changes: tuple[Change, ...]
    base: Recipe | None = None
    pairs: tuple[Pair, ...] = ()
    imported: bool = False

    @property
    def recipes(self) -> list[Recipe]:
        """All that the question compares."""
        changes = [*self.changes, *(pair.alone for pair in self.pairs)]
        return list(dict.fromkeys(recipe for change in changes for recipe in (change.reference, change.recipe)))


def choose_question() -> Asked:
    """The widgets, and what they ask."""
    with st.container(horizontal=True):
        view = choose("Each trick", "view", tuple(VIEWS), format_func=VIEWS.get)
        images = choose("Images", "images", tuple(DATASETS), format_func=lambda name: DATASETS[name].title)
        chosen = {"view": view, "dataset": images, "measure": choose_measure(), "imported": choose_imported()}
        match view:
            case "alone":
                base, results = choose_base(images, chosen["imported"]), open_lab().results(chosen["imported"])
                return Asked(**chosen, **ask_of_base(base, results))
            case "removed":
                name = choose_full(images, chosen["imported"])
            case _:
                return Asked(**chosen, **ask_of_pairs(list_pairs(TRICKS[choose_first()], images)))
    return Asked(**chosen, **ask_of_full(name, images))


def ask_of_base(base: Recipe, results: Results) -> dict[str, Any]:
    """Every trick on top of the base."""
    return {"where": say_where(base), "base": base, "changes": tuple(list_additions(base, results))}


def ask_of_pairs(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Every second trick on top of the first."""
    where = f"with {format_changes(switch_on(pairs[0].first))}"
    return {"where": where, "changes": tuple(pair.together for pair in pairs), "pairs": tuple(pairs)}


def ask_of_full(name: str, dataset: str) -> dict[str, Any]:
    """Every trick of a full recipe, which is named and explained, or of any other."""
    if name not in FULL_RECIPES:
        recipe = read_word(name)
        return {"where": say_where(recipe, taken_out=True), "base": recipe, "changes": tuple(list_removals(recipe))}
    full = FULL_RECIPES[name]
    st.caption(full.reason)
    if name == "all":
        with st.expander("What it leaves out, and why"):
            st.markdown("\n".join(f"- {TRICKS[name].title}: {why}" for name, why in LEFT_OUT.items()))
    recipe = Recipe(dataset=dataset, **full.values)
    return {"where": f"in the recipe “{full.title}”", "base": recipe, "changes": tuple(list_removals(recipe))}


def choose_base(dataset: str, imported: bool) -> Recipe:
    """What the tricks are switched on in: the baseline, or any recipe that the host or the link knows."""
    baseline = Recipe(dataset=dataset)
    recipes = {write_word(baseline): baseline} | list_known(dataset, imported) | list_linked("base", dataset)
    chosen = choose("On top of", "base", list(recipes), st.selectbox, format_func=lambda word: recipes[word].label)
    return recipes[chosen]


def choose_full(dataset: str, imported: bool) -> str:
    """What the tricks are taken out of: the name of a full recipe, or any that has a few tricks on, as a word."""
    several = {word: recipe for word, recipe in list_known(dataset, imported).items() if len(recipe.values) > 1}
    several |= list_linked("full", dataset)
    titles = {word: recipe.label for word, recipe in several.items() if list_removals(recipe)}
    titles = {name: full.title for name, full in FULL_RECIPES.items()} | titles
    return choose("Taken out of", "full", list(titles), st.selectbox, format_func=titles.get)


def choose_first() -> str:
    """The trick, or the condition, that is on beside each other one."""
    names = sorted(TRICKS, key=lambda name: (name != FIRST, TRICKS[name].is_condition))
    return choose("First trick, or condition", "first", names, st.selectbox, format_func=format_first)


def choose_second(names: Sequence[str]) -> str:
    """The second trick of the pair that is shown as four recipes."""
    return choose("Second trick", "second", names, st.selectbox, format_func=lambda name: TRICKS[name].title)


def list_known(dataset: str, imported: bool) -> dict[str, Recipe]:
    """The recipes of the cache on these images by their words in a link, sorted by their labels."""
    results = open_lab().results(imported)

    def find() -> dict[str, Recipe]:
        recipes = [one.recipe for one in results.values() if one.recipe.dataset == dataset]
        return {write_word(recipe): recipe for recipe in sorted(recipes, key=lambda recipe: recipe.label)}

    return results.once(("known", dataset), find)


def list_linked(name: str, dataset: str) -> dict[str, Recipe]:
    """The recipe that the link names so, or the visitor has chosen, where it is one of these images."""
    found = {}
    for word in filter(None, (st.query_params.get(name), st.session_state.get(name))):
        try:
            recipe = read_word(word)
        except ValueError:
            continue  # The choice says that it does not exist.
        if recipe.dataset == dataset:
            found[write_word(recipe)] = recipe
    return found


def format_first(name: str) -> str:
    """The trick's title; a condition is named as such."""
    return f"Condition: {TRICKS[name].title.lower()}" if TRICKS[name].is_condition else TRICKS[name].title
