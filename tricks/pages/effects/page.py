"""What each trick does: alone on the baseline, taken out of a full recipe, and on top of another trick."""

import pandas as pd
import streamlit as st

from tricks.analysis.effects import (
    FULL_RECIPES,
    LEFT_OUT,
    Change,
    Effect,
    format_accuracy,
    format_diverged,
    format_interval,
    list_additions,
    list_removals,
    measure,
    sort_effects,
)
from tricks.lab import open_lab
from tricks.pages.effects.chart import choose, choose_tricks, link_column, link_to, pair_with_single, show_chart
from tricks.pages.effects.interactions import show_pairs
from tricks.pages.shared.correction import choose_correction, show_clear_alone
from tricks.pages.shared.missing_runs import offer_missing
from tricks.recipe.recipe import DATASETS, TRICKS, Recipe
from tricks.stats.comparison import correct, format_points, format_seeds

VIEWS = {"alone": "Alone", "removed": "Taken out", "pairs": "In pairs"}
LIVE_SECONDS = 5.0


def show() -> None:
    """The page, top to bottom."""
    st.markdown("### Effects")
    st.session_state.pop("link", None)  # The first page writes its own link again when the visitor comes back.
    notices = st.container()
    with st.container(horizontal=True):
        view = choose("Question", "view", tuple(VIEWS), VIEWS.get, notices=notices)
        images = {"cifar10": "CIFAR-10", "toy": "Toy set"}
        dataset = choose("Images", "images", tuple(DATASETS), images.get, notices=notices)
    match view:
        case "alone":
            show_alone(dataset)
        case "removed":
            show_removals(dataset)
        case _:
            show_pairs(dataset)


def show_alone(dataset: str) -> None:
    """Every trick switched on alone."""
    st.caption(
        "Each trick switched on alone, at the value named, against the baseline on the same seeds. Above zero it helps."
    )
    show_changes(list_additions(Recipe(dataset=dataset)), "The baseline with one trick on, against the baseline")


def show_removals(dataset: str) -> None:
    """Every trick of a full recipe taken out of it."""
    name = choose("Full recipe", "full", tuple(FULL_RECIPES), lambda name: FULL_RECIPES[name].title)
    full = FULL_RECIPES[name]
    recipe = Recipe(dataset=dataset, **full.values)
    st.caption(
        f"{full.reason} Each of its tricks is switched off alone: below zero the recipe needs it."
        f" [The whole recipe]({link_to(recipe)}): {format_accuracy(open_lab().results().get(recipe.key))}."
    )
    if name == "all":
        with st.expander("What it leaves out, and why"):
            st.markdown("\n".join(f"- {TRICKS[name].title}: {why}" for name, why in LEFT_OUT.items()))
    show_changes(list_removals(recipe), "The full recipe with one trick off, against the full recipe")


def show_changes(changes: list[Change], alt: str) -> None:
    """The chosen changes, up to date with what others add."""
    names = choose_tricks(changes)
    chosen = [change for change in changes if change.trick.name in names]
    st.fragment(show_effects, run_every=LIVE_SECONDS)(chosen, len(changes), alt)


def show_effects(changes: list[Change], asked: int, alt: str) -> None:
    """Chart, table, and the button for what is missing; corrected for all that the page asks, chosen or not.

    Otherwise whoever has seen them all and then chooses the best would be told that there were only those.
    """
    results = open_lab().results()
    comparisons = asked if choose_correction(asked) else 1
    effects = sort_effects(measure(change, results, correct(comparisons)) for change in changes)
    if comparisons > 1:
        show_clear_alone(pair_with_single(effects, results), comparisons)
    show_chart(effects, alt, comparisons)
    st.dataframe(
        pd.DataFrame(describe_effect(effect) for effect in effects),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Effect": st.column_config.NumberColumn(
                format="%+.1f", width="small", help="The mean difference, in points of test accuracy"
            ),
            "Interval": st.column_config.TextColumn(width="medium"),
            "Pairs": st.column_config.NumberColumn(width="small"),
            "Verdict": st.column_config.TextColumn(width="small"),
            "Note": st.column_config.TextColumn(width="medium"),
            "Train page": link_column(),
        },
    )
    offer_missing([changes[0].reference, *(change.recipe for change in changes)], comparisons)


def describe_effect(effect: Effect) -> dict:
    """A row of the table."""
    comparison = effect.comparison
    notes = (format_diverged(effect.diverged), format_seeds(comparison.seeds_needed))
    return {
        "Trick": effect.change.label,
        "Verdict": comparison.verdict if comparison.pairs else None,
        "Effect": None if comparison.difference is None else float(format_points(comparison.difference)),
        "Interval": format_interval(comparison),
        "Pairs": comparison.pairs,
        "Train page": link_to(effect.change.recipe),
        "Note": "; ".join(note for note in notes if note),
    }
