"""Which of a recipe's seeds is on show: the one in hand or the last one, until the visitor picks another."""

from collections.abc import Sequence

import streamlit as st

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

WISH = "wished-run"


def find_shown(usual: Run, seeds: Sequence[int]) -> Run:
    """The run that the visitor has picked of these seeds of the recipe, else the usual one."""
    wish = st.session_state.get(WISH)
    return wish if wish and wish.recipe == usual.recipe and wish.seed in seeds else usual


def offer_seeds(shown: Run, seeds: Sequence[int]) -> None:
    """The box that shows another of these seeds, where there are several."""
    if len(seeds) < 2:
        return
    st.session_state["shown-seed"] = shown.seed
    st.selectbox("Seed", seeds, key="shown-seed", on_change=wish_seed, args=(shown.recipe,), width=90)


def wish_seed(recipe: Recipe) -> None:
    """Shows the seed that the box says."""
    st.session_state[WISH] = Run(recipe=recipe, seed=st.session_state["shown-seed"])


def forget_wish() -> None:
    """Shows what is in hand again."""
    st.session_state.pop(WISH, None)
