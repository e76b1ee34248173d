"""What a trick brings here: on the baseline, in a strong recipe, with few images; and the recipes to try it in."""

import streamlit as st

from tricks.analysis.effects import Change, Effect, format_changes
from tricks.analysis.situations import SITUATIONS, Situation, list_questions, measure_in
from tricks.catalogue.trick import Trick
from tricks.lab import open_lab
from tricks.pages.shared.links import link_to, link_to_compare
from tricks.pages.shared.text import escape
from tricks.stats.wording import format_certainty, format_comparison
from tricks.store.results import Results


def show_evidence(trick: Trick) -> None:
    """A line for each question in each situation: the answer, and links that train or compare the two recipes."""
    st.markdown("**What it brings here**, in points of test accuracy, and where to try it")
    results = open_lab().results()
    lines = [
        format_line(situation, change, results)
        for situation in SITUATIONS.values()
        for change in list_questions(trick, situation, results)
    ]
    st.markdown("\n".join(f"- {line}" for line in lines))
    strong, few = (format_changes(SITUATIONS[name].values) for name in ("strong", "few"))
    st.caption(escape(f"The strong recipe is {strong}; with few images it is {few}, as many steps as with all."))


def format_line(situation: Situation, change: Change, results: Results) -> str:
    """The answer there with its links."""
    effect = measure_in(situation, change, results)
    compare = link_to_compare([change.recipe, change.reference], change.reference)
    return (
        f"{situation.title}, {escape(change.label)}: {escape(format_effect_sentence(effect))}."
        f" [Train it]({link_to(change.recipe)}), [compare]({compare})"
    )


def format_effect_sentence(effect: Effect) -> str:
    """The comparison in one sentence."""
    if effect.single.difference is None:
        return "not measured yet"
    certainty = format_certainty(effect.single, effect.corrected)
    return f"{format_comparison(effect.single)}{f' ({certainty})' if certainty else ''}"
