"""Whether the runs of other hosts count too: only where the visitor asks for it."""

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from tricks.lab import open_lab
from tricks.pages.shared.choices import recall, remember
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.store.results import Results, format_origins

NAME, ON = "imported", "true"  # In the link.


def choose_imported() -> bool:
    """The visitor's choice, kept in the link; where no run is imported there is none to make."""
    imported, linked = open_lab().others.finished(), st.query_params.get(NAME)
    if linked not in (None, ON):
        st.toast(plain(f"The link asks for {NAME}={linked}, which does not exist: it is ignored."))
    if not imported:
        if linked == ON:
            st.caption("The link counts imported runs too, of which there are none here: all figures are of own runs.")
        return False
    st.session_state.setdefault(NAME, linked == ON or recall(NAME, False))
    hosts = format_origins(Counter(one.origin for one in imported))
    about = f"Of other hosts: {hosts}. Where this host has the same run, its own counts."
    chosen = st.toggle("Also imported runs", key=NAME, persist_state="session", help=plain(about))
    remember(NAME, chosen)
    if chosen:
        st.query_params[NAME] = ON
    else:
        st.query_params.pop(NAME, None)
    return chosen


def show_origins(results: Results, recipes: Iterable[Recipe]) -> None:
    """Where the runs of these recipes come from that are not the host's own; nothing where all are."""
    known = (results[recipe.key] for recipe in recipes if recipe.key in results)
    origins = sum((one.origins for one in known), Counter())
    if origins:
        own = "What is settled and trained goes by the own runs alone."
        st.caption(plain(f"Imported runs count here too: {format_origins(origins)}. {own}"))
