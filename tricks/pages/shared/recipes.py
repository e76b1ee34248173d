"""The recipes that a page can show: those that the host knows, and those that the link brings.

The link carries whole recipes, so that it says the same on a host that has never trained them.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tricks.pages.shared.links import read_query
from tricks.pages.shared.text import plain
from tricks.recipe.link import read_word
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe

MOST_RECIPES = 40  # Of one comparison: more are neither told apart nor quick.


def find_recipes(known: Mapping[str, Recipe], names: Sequence[str], notices: DeltaGenerator) -> dict[str, Recipe]:
    """All that can be chosen by key. `names`: what the page's links have; `notices`: for what is wrong with this one.

    What the link brought when the visitor came is theirs on every page.
    """
    session = st.session_state
    if "brought" not in session:
        tell_near_misses(names, notices)
        session.linked = read_recipes("recipe", notices)
        session.linked_reference = read_recipes("reference", notices)
        session.brought = {recipe.key: recipe for recipe in [*session.linked, *session.linked_reference]}
    return {**known, **session.brought}


def tell_near_misses(names: Sequence[str], notices: DeltaGenerator) -> None:
    """Says which names in the link are nearly one of the page's; all others are somebody else's."""
    for name in read_query():
        if name not in names and (near := difflib.get_close_matches(name, names, n=1, cutoff=0.7)):
            notices.warning(plain(f"The link says {name}, which is ignored: did you mean {near[0]}?"))


def read_recipes(name: str, notices: DeltaGenerator) -> list[Recipe]:
    """The recipes that the link names so, in its order; what is none is told."""
    found, words = [], [word for word in dict.fromkeys(read_query().get(name, [])) if word]
    if len(words) > MOST_RECIPES:
        notices.warning(f"The link asks for {len(words):,} recipes: the first {MOST_RECIPES} are here.")
    for word in words[:MOST_RECIPES]:
        try:
            found.append(read_word(word))
        except ValueError as error:
            notices.warning(plain(f"The link asks for {name}={word}, which is ignored: {error}."))
    return found


def sort_keys(recipes: Mapping[str, Recipe], keys: Iterable[str]) -> list[str]:
    """The presets in their order, then the others."""
    order = {Recipe(**preset.values).key: place for place, preset in enumerate(PRESETS.values())}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), recipes[key].label))
