"""Whether intervals allow for how many comparisons a page shows at once: the same choice on every page."""

import streamlit as st


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
        format_func=lambda name: f"corrected for {comparisons} comparisons" if name == "corrected" else name,
        help="Who compares many recipes with one reference finds a difference by luck sooner or later. Corrected,"
        " all comparisons together err in at most 5% of all cases, however often one looks; uncorrected, each one.",
    )
    return chosen == "corrected"
