"""One pair of tricks as four recipes, and in a sentence how the two go together."""

import streamlit as st

from tricks.analysis.compare import format_accuracy
from tricks.analysis.effects import format_changes, switch_on
from tricks.analysis.interactions import Pair, count_figures, format_interaction, measure_pair
from tricks.pages.shared.links import link_to, read_query
from tricks.pages.shared.text import plain
from tricks.pages.what_helps.question import Asked, choose_second
from tricks.recipe.recipe import Recipe
from tricks.stats.wording import MEASURE_WORDS
from tricks.store.results import Results


def show_square(asked: Asked, results: Results) -> None:
    """The pair that the visitor chooses, at first the one that most is known of."""
    st.markdown("**One pair as four recipes**")
    pairs = {
        pair.alone.trick.name: pair
        for pair in sorted(asked.pairs, key=lambda pair: -measure_pair(pair, results).interaction.least_seeds)
    }
    before = read_query().get("second")
    pair = pairs[choose_second(list(pairs))]
    if read_query().get("second") != before:
        st.rerun()  # The address above is of the whole page, this only a part.
    st.markdown(draw_square(pair, results, asked.measure))
    effect = measure_pair(pair, results, asked.measure, count_figures(asked.pairs, results))
    st.markdown(plain(format_interaction(effect)))


def draw_square(pair: Pair, results: Results, measure: str) -> str:
    """The four recipes of a pair as a Markdown table, each linked to the first page."""
    first, second = plain(format_changes(switch_on(pair.first))), plain(pair.alone.label)

    def cell(recipe: Recipe) -> str:
        return f"[{plain(format_accuracy(recipe, results, measure))}]({link_to(recipe)})"

    rows = [
        f"| test accuracy, {MEASURE_WORDS[measure]} | without {second} | with {second} |",
        "|---|---|---|",
        f"| **without {first}** | {cell(pair.alone.reference)} | {cell(pair.alone.recipe)} |",
        f"| **with {first}** | {cell(pair.together.reference)} | {cell(pair.together.recipe)} |",
    ]
    return "\n".join(rows)
