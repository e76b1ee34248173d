"""Whether intervals allow for how many comparisons a visitor has seen: the same choice on every page."""

from collections.abc import Sequence

import streamlit as st

from tricks.recipe import Recipe
from tricks.standings import is_compared


def count_seen(recipes: Sequence[Recipe], reference: Recipe) -> int:
    """How many recipes this visitor has compared with the reference so far.

    Who takes recipes out again has seen them all the same, and may be choosing the lucky one.
    """
    seen = st.session_state.setdefault("seen", {}).setdefault(reference.key, set())
    seen |= {recipe.key for recipe in recipes if is_compared(recipe, reference)}
    return len(seen)


def choose_correction(comparisons: int) -> bool:
    """Whether intervals and verdicts allow for the number of comparisons; with a single one there is no choice."""
    if comparisons < 2:
        return False
    chosen = st.segmented_control(
        "Intervals of differences",
        ["uncorrected", "corrected"],
        key="correction",
        default="corrected",
        required=True,
        persist_state="session",
        format_func=lambda name: f"corrected for {comparisons} comparisons" if name == "corrected" else name,
        help="Who compares many recipes with one reference finds a difference by luck sooner or later. Corrected,"
        " all comparisons together err in at most 5% of all cases, however often one looks; uncorrected, each one."
        " Recipes that you have looked at and taken out again count too.",
    )
    return chosen == "corrected"
