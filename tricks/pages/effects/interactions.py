"""Pairs of tricks: does the second still help when the first is on?"""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tricks.analysis.compare import format_accuracy, format_diverged
from tricks.analysis.effects import format_values, sort_effects, switch_on
from tricks.analysis.interactions import (
    Pair,
    PairEffect,
    count_figures,
    format_interaction,
    format_still_helps,
    list_pairs,
    measure_pair,
)
from tricks.lab import open_lab
from tricks.pages.effects.chart import choose, choose_tricks, link_column, link_to, pair_with_single, show_chart
from tricks.pages.shared.correction import choose_correction, show_clear_alone
from tricks.pages.shared.measure import choose_measure
from tricks.pages.shared.missing_runs import offer_missing
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.wording import format_measured
from tricks.store.results import Results

LIVE_SECONDS = 5.0
FIGURES = ("Alone", "With the first on", "Interaction")  # Each has an interval.
FIRST = "batch_norm"  # What the blog combined with its residual blocks.


def show_pairs(dataset: str) -> None:
    """Every other trick with and without a first one, and two of them as a table of four."""
    title = {name: trick.title for name, trick in TRICKS.items()}.get
    names = sorted(TRICKS, key=lambda name: name != FIRST)
    name = choose("First trick", "first", names, title, widget=st.selectbox)
    st.caption(
        f"Does another trick still help with {format_values(switch_on(TRICKS[name]))}? Its effect alone, its effect"
        " on top of the first, and how far the two differ, over all seeds."
    )
    pairs = list_pairs(TRICKS[name], dataset)
    names = choose_tricks([pair.together for pair in pairs])
    chosen = [pair for pair in pairs if pair.alone.trick.name in names]
    results = open_lab().results()
    chosen.sort(key=lambda pair: -measure_pair(pair, results).interaction.pairs)  # First what is known most of.
    names = [pair.alone.trick.name for pair in chosen]
    second = choose("Second trick, for the four recipes", "second", names, title, widget=st.selectbox, always=True)
    focus = next(pair for pair in chosen if pair.alone.trick.name == second)
    st.fragment(show_pair_effects, run_every=LIVE_SECONDS)(chosen, pairs, focus)


def show_pair_effects(chosen: list[Pair], pairs: list[Pair], focus: Pair) -> None:
    """The four recipes of one pair, the chart and table of all, and the button for what is missing."""
    results, wish = open_lab().results(), choose_measure()
    st.markdown(draw_square(focus, results))
    sentence = st.container()
    st.markdown(f"**Each other trick on top of {plain(format_values(switch_on(focus.first)))}**")
    measured = count_figures(pairs, results)
    comparisons = measured if choose_correction(measured) else 1
    sentence.markdown(plain(format_interaction(measure_pair(focus, results, wish, comparisons))))
    effects = [measure_pair(pair, results, wish, comparisons) for pair in chosen]
    if comparisons > 1:
        show_clear_alone(pair_with_single(effect.together for effect in effects), comparisons)
    alt = "Effect of each other trick with the first one on"
    show_chart(sort_effects(effect.together for effect in effects), alt, comparisons)
    st.dataframe(
        pd.DataFrame(describe_pair(effect) for effect in effects),
        hide_index=True,
        height="content",
        column_config={"Train page": link_column(), **dict.fromkeys(FIGURES, st.column_config.TextColumn(width=255))},
    )
    offer_missing(list_recipes(chosen))


def list_recipes(pairs: Sequence[Pair]) -> list[Recipe]:
    """All recipes that the pairs ask for."""
    changes = [change for pair in pairs for change in (pair.alone, pair.together)]
    return [recipe for change in changes for recipe in (change.reference, change.recipe)]


def draw_square(pair: Pair, results: Results) -> str:
    """The four recipes of a pair as a Markdown table, each linked to the first page."""
    first, second = plain(format_values(switch_on(pair.first))), plain(pair.alone.label)

    def cell(recipe: Recipe) -> str:
        return f"[{plain(format_accuracy(recipe, results))}]({link_to(recipe)})"

    rows = [
        f"| | without {second} | with {second} |",
        "|---|---|---|",
        f"| **without {first}** | {cell(pair.alone.reference)} | {cell(pair.alone.recipe)} |",
        f"| **with {first}** | {cell(pair.together.reference)} | {cell(pair.together.recipe)} |",
    ]
    return "\n".join(rows)


def describe_pair(effect: PairEffect) -> dict:
    """A row of the table of pairs."""
    comparisons = (effect.alone.corrected, effect.together.corrected, effect.interaction)
    return {
        "Second trick": effect.pair.alone.label,
        "Still helps?": format_still_helps(effect),
        "Note": format_diverged(sorted({*effect.alone.diverged, *effect.together.diverged})),
        "Train page": link_to(effect.together.change.recipe),
        **dict(zip(FIGURES, map(format_measured, comparisons), strict=True)),
    }
