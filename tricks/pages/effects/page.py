"""What each trick does: alone on the baseline, taken out of a full recipe, and on top of another trick."""

import pandas as pd
import streamlit as st

from tricks.analysis.compare import format_accuracy, format_diverged
from tricks.analysis.effects import (
    FULL_RECIPES,
    LEFT_OUT,
    Change,
    Effect,
    count_measured,
    list_additions,
    list_removals,
    measure_all,
)
from tricks.catalogue.datasets import DATASETS
from tricks.lab import open_lab
from tricks.pages.effects.chart import choose, choose_tricks, link_column, link_to, pair_with_single, show_chart
from tricks.pages.effects.interactions import show_pairs
from tricks.pages.shared.correction import choose_correction, show_clear_alone
from tricks.pages.shared.measure import choose_measure
from tricks.pages.shared.missing_runs import offer_missing
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.wording import MEASURE_WORDS, format_certainty, format_interval, format_points, format_seeds

VIEWS = {"alone": "Alone", "removed": "Taken out", "pairs": "In pairs"}
LIVE_SECONDS = 5.0


def show() -> None:
    """The page, top to bottom."""
    st.markdown("### Effects")
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
        "Each trick switched on alone, at the value named, against the baseline, over all seeds of both. Above zero it"
        " helps."
    )
    show_changes(list_additions(Recipe(dataset=dataset)), "The baseline with one trick on, against the baseline")


def show_removals(dataset: str) -> None:
    """Every trick of a full recipe taken out of it."""
    name = choose("Full recipe", "full", tuple(FULL_RECIPES), lambda name: FULL_RECIPES[name].title)
    full = FULL_RECIPES[name]
    recipe = Recipe(dataset=dataset, **full.values)
    st.caption(
        f"{full.reason} Each of its tricks is switched off alone: below zero the recipe needs it."
        f" [The whole recipe]({link_to(recipe)}): {format_accuracy(recipe, open_lab().results())}."
    )
    if name == "all":
        with st.expander("What it leaves out, and why"):
            st.markdown("\n".join(f"- {TRICKS[name].title}: {why}" for name, why in LEFT_OUT.items()))
    show_changes(list_removals(recipe), "The full recipe with one trick off, against the full recipe")


def show_changes(changes: list[Change], alt: str) -> None:
    """The chosen changes, up to date with what others add."""
    names = choose_tricks(changes)
    chosen = [change for change in changes if change.trick.name in names]
    st.fragment(show_effects, run_every=LIVE_SECONDS)(chosen, changes, alt)


def show_effects(chosen: list[Change], changes: list[Change], alt: str) -> None:
    """Chart, table, and the button for what is missing; corrected for all with data on the page, chosen or not.

    Otherwise whoever has seen them all and then chooses the best would be told that there were only those.
    """
    results, wish = open_lab().results(), choose_measure()
    measured = count_measured(changes, results)
    comparisons = measured if choose_correction(measured) else 1
    effects = [effect for effect in measure_all(changes, results, wish) if effect.change in chosen]
    if comparisons > 1:
        show_clear_alone(pair_with_single(effects), comparisons)
    show_chart(effects, alt, comparisons)
    st.dataframe(
        pd.DataFrame(tabulate_effect(effect, comparisons > 1) for effect in effects),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Effect": st.column_config.NumberColumn(
                format="%+.1f", width="small", help="The difference of the means, in points of test accuracy"
            ),
            "Interval": st.column_config.TextColumn(width="medium"),
            "Seeds": st.column_config.TextColumn(width="small", help="Of the trick, and of what it is compared with"),
            "Measure": st.column_config.TextColumn(width="small"),
            "Verdict": st.column_config.TextColumn(width="small"),
            "How sure": st.column_config.TextColumn(width="small", help="As one of all in this view that have data"),
            "Note": st.column_config.TextColumn(width="medium"),
            "Train page": link_column(),
        },
    )
    offer_missing(list(dict.fromkeys(recipe for each in chosen for recipe in (each.reference, each.recipe))))


def tabulate_effect(effect: Effect, corrected: bool) -> dict:
    """A row of the table."""
    comparison = effect.judged(corrected)
    notes = (format_diverged(effect.diverged), format_seeds(comparison.seeds_needed))
    return {
        "Trick": effect.change.label,
        "Verdict": comparison.verdict if comparison.pairs else None,
        "How sure": format_certainty(effect.single, effect.corrected) if corrected else None,
        "Effect": None if comparison.difference is None else float(format_points(comparison.difference)),
        "Interval": format_interval(comparison),
        "Seeds": " and ".join(map(str, comparison.seeds)),
        "Measure": MEASURE_WORDS[comparison.measure],
        "Train page": link_to(effect.change.recipe),
        "Note": "; ".join(note for note in notes if note),
    }
