"""What each trick does: alone on the baseline, taken out of a full recipe, and on top of another trick."""

import pandas as pd
import streamlit as st

from tricks.effects import (
    FULL_RECIPES,
    Change,
    Effect,
    list_additions,
    list_removals,
    measure,
    say_accuracy,
    say_figures,
    say_needed,
    sort_effects,
)
from tricks.lab import open_lab
from tricks.pages.ask import offer_missing
from tricks.pages.effect_parts import choose, choose_seeds, choose_tricks, link_column, link_to, show_chart
from tricks.pages.pairs import show_pairs
from tricks.pages.words import plain
from tricks.recipe import DATASETS, TRICKS, Recipe

VIEWS = {"alone": "Alone on the baseline", "removed": "Taken out of a full recipe", "pairs": "With another trick on"}
LIVE_SECONDS = 5.0


def show() -> None:
    """The page, top to bottom."""
    st.markdown("### Effects")
    st.session_state.pop("link", None)  # The first page writes its own link again when the visitor comes back.
    answer_link()
    with st.container(horizontal=True):
        view = choose("Question", "view", list(VIEWS), VIEWS.get)
        dataset = choose("Images", "images", list(DATASETS), {"cifar10": "CIFAR-10", "toy": "Toy set"}.get)
    match view:
        case "alone":
            show_alone(dataset)
        case "removed":
            show_removals(dataset)
        case _:
            show_pairs(dataset)


def answer_link() -> None:
    """Says so when the link asks for what there is not; the page then shows what it shows at first."""
    allowed = {"view": VIEWS, "images": DATASETS, "full": FULL_RECIPES, "first": TRICKS, "second": TRICKS}
    wrong = [name for name, options in allowed.items() if st.query_params.get(name, next(iter(options))) not in options]
    if wrong:
        st.warning(plain(f"This link cannot be read in full, and is left out where it names: {', '.join(wrong)}."))


def show_alone(dataset: str) -> None:
    """Every trick switched on alone."""
    st.caption(
        "Each trick switched on alone, at its recommended value, against the baseline on the same seeds. Above zero"
        " it helps."
    )
    show_changes(list_additions(Recipe(dataset=dataset)), "The baseline with one trick on, against the baseline")


def show_removals(dataset: str) -> None:
    """Every trick of a full recipe taken out of it."""
    name = choose("Full recipe", "full", list(FULL_RECIPES), lambda name: FULL_RECIPES[name].title)
    full = FULL_RECIPES[name]
    recipe = Recipe(dataset=dataset, **full.values)
    st.caption(
        f"{full.reason} Each of its tricks is switched off alone: below zero the recipe needs it. The whole:"
        f" {say_accuracy(open_lab().results().get(recipe.key))}, [open it]({link_to(recipe)})."
    )
    show_changes(list_removals(recipe), "The full recipe with one trick off, against the full recipe")


def show_changes(changes: list[Change], alt: str) -> None:
    """The chosen changes, up to date with what others add."""
    names, seeds = choose_tricks(changes), choose_seeds()
    chosen = [change for change in changes if change.trick.name in names]
    st.fragment(show_effects, run_every=LIVE_SECONDS)(chosen, seeds, alt)


def show_effects(changes: list[Change], seeds: int, alt: str) -> None:
    """Chart, table, and the button for what is missing."""
    results = open_lab().results()
    effects = sort_effects(measure(change, results) for change in changes)
    show_chart(effects, alt)
    st.dataframe(
        pd.DataFrame(describe_effect(effect) for effect in effects),
        hide_index=True,
        height="content",
        column_config={
            "Effect": st.column_config.NumberColumn(format="%+.1f", help="Points of test accuracy, from four pairs on"),
            "Train page": link_column(),
        },
    )
    offer_missing([changes[0].reference, *(change.recipe for change in changes)], seeds)


def describe_effect(effect: Effect) -> dict:
    """A row of the table."""
    comparison = effect.comparison
    notes = [say_needed(comparison)]
    if effect.diverged:
        notes.append(f"diverged: seed {', '.join(map(str, effect.diverged))}")
    return {
        "Trick": effect.change.label,
        "Effect": None if comparison.low is None else 100 * comparison.difference,
        "95% interval": say_figures(comparison, effect.differences),
        "Verdict": comparison.verdict,
        "Note": "; ".join(note for note in notes if note),
        "Train page": link_to(effect.change.recipe),
    }
