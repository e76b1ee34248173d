"""Whether intervals allow for how many comparisons a visitor has seen."""

from collections.abc import Iterable, Sequence

import streamlit as st

from tricks.analysis.compare import is_compared
from tricks.pages.shared.choices import choose
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import Comparison

CHOICES = ("corrected", "uncorrected")


def count_seen(recipes: Sequence[Recipe], reference: Recipe) -> int:
    """How many of these recipes, which have data, this visitor has compared with the reference since the page loaded.

    Who takes recipes out again has seen them all the same, and may be choosing the lucky one.
    """
    seen = st.session_state.setdefault("seen", {}).setdefault(reference.key, set())
    seen |= {recipe.key for recipe in recipes if is_compared(recipe, reference)}
    return len(seen)


def choose_correction(comparisons: int) -> bool:
    """Whether intervals and verdicts allow for the number of comparisons; with a single one there is no choice."""
    if comparisons < 2:
        return False
    usual = CHOICES[0]
    chosen = choose(
        "Intervals of differences",
        "correction",
        CHOICES,
        format_func=lambda name: f"corrected for {comparisons} comparisons" if name == usual else name,
        help="Who compares many recipes with one reference finds a difference by luck sooner or later. Corrected,"
        " all comparisons together err in at most 5% of all cases, however often one looks; uncorrected, each one."
        " What you have seen counts, also when you have taken it out again.",
    )
    return chosen == usual


def show_clear_alone(judged: Iterable[tuple[str, Comparison, Comparison]], comparisons: int) -> None:
    """What is clear as a single comparison, as other pages may show it, and open as one of many.

    `judged` has a label, and the comparison uncorrected and corrected.
    """
    clear = [f"{label} ({alone.verdict})" for label, alone, among in judged if alone.is_clear and not among.is_clear]
    if clear:
        st.caption(plain(f"Clear as a single comparison, but not as one of {comparisons}: {', '.join(clear)}"))
