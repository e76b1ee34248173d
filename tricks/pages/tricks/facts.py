"""What a trick costs, where it comes from, and why some recipes leave it out."""

import re

import streamlit as st

from tricks.analysis.costs import compare_costs, list_factors
from tricks.analysis.situations import SITUATIONS, ask_about
from tricks.catalogue.trick import Trick
from tricks.lab import open_lab
from tricks.pages.shared.text import escape
from tricks.recipe.recipe import Recipe

ADDRESS = re.compile(r"https?://[^\s;,]+")


def show_facts(trick: Trick) -> None:
    """Costs, values, needs, papers."""
    lines = [format_costs(trick)]
    if not isinstance(trick.default, bool):
        lines.append(f"**Values**: {escape(trick.allowed)}; the baseline has {escape(trick.write(trick.default))}")
    if trick.needs:
        needs = ", ".join(f"{name}={value}" for name, value in trick.needs.items())
        lines.append(f"**Has an effect only with others**: it is measured with {escape(needs)}")
    if trick.left_out:
        lines.append(f"**Not part of “All that combine”**: {escape(trick.left_out)}")
    lines.append(f"**Source**: {link_papers(trick.paper)}")
    st.markdown("\n".join(f"- {line}" for line in lines if line))


def format_costs(trick: Trick) -> str:
    """Factors against the baseline with what the trick needs."""
    change = ask_about(trick, SITUATIONS["baseline"])
    if change is None or change.recipe == Recipe():
        return ""
    costs = compare_costs(change.recipe, change.reference, open_lab().results())
    factors = ", ".join(f"{name} {factor}" for name, factor in list_factors(costs).items())
    how = "" if costs.is_measured else ", estimated from the work of a training"
    return f"**Costs** at {escape(change.label)}: {factors}{how}"


def link_papers(paper: str) -> str:
    """The sources, each address a link under the words before it."""
    linked, end = [], 0
    for found in ADDRESS.finditer(paper):
        words = paper[end : found.start()].strip(" ,;")
        linked.append(f"[{escape(words)}]({found[0]})" if words else f"<{found[0]}>")
        end = found.end()
    return "; ".join([*linked, *filter(None, [escape(paper[end:].strip(" ,;"))])])
