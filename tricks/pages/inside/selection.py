"""Which recipe one looks into, beside which other, and at which class: in widgets, and in the link."""

from collections.abc import Sequence

import streamlit as st

from tricks.pages.shared.links import write_query
from tricks.pages.shared.recipes import sort_keys
from tricks.pages.shared.text import plain
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe

PAGE_NAMES = ["recipe", "cells", "label", "said", "seed", "image"]
ALONE, ANY = "", "any"


def choose_one_or_two(recipes: dict[str, Recipe]) -> list[Recipe]:
    """One recipe or two; at first those of the link, or else the first of all, alone. Kept in the link."""
    session, keys = st.session_state, sort_keys(recipes, recipes)
    linked = [recipe.key for recipe in session.linked]
    if session.get("inside") not in recipes:
        session.inside = linked[0] if linked else keys[0]
    if session.get("beside") not in [*recipes, ALONE]:
        session.beside = linked[1] if len(linked) > 1 else ALONE
    look = {"format_func": lambda key: recipes[key].label if key else "nothing", "persist_state": "session"}
    left, right = st.columns(2)
    first = left.selectbox("Recipe", keys, key="inside", **look)
    second = right.selectbox("Beside it", [ALONE, *keys], key="beside", **look)
    chosen = [recipes[key] for key in dict.fromkeys([first, second]) if key]
    write_query({"recipe"}, {"recipe": [write_word(recipe) for recipe in chosen]})
    return chosen


def choose_class(label: str, key: str, names: Sequence[str]) -> int | None:
    """One of the classes, or None for any; kept in the link."""
    options, session = [ANY, *names], st.session_state
    if session.get(key) not in options:
        linked = st.query_params.get(key, ANY)
        session[key] = linked if linked in options else ANY
        if linked not in options:
            st.caption(plain(f"The link asks for {key}={linked}, which is no class here: it is ignored."))
    chosen = st.selectbox(label, options, key=key, persist_state="session", width=200)
    if chosen == ANY:
        st.query_params.pop(key, None)
        return None
    st.query_params[key] = chosen
    return names.index(chosen)
