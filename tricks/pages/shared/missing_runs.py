"""Asking for runs, as far as the host takes them; and the button that asks for all that a page's answers still miss."""

from collections.abc import Sequence

import streamlit as st

from tricks.lab import open_lab
from tricks.pages.sessions.visitor import may_train, name_visitor, show_permission
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.limits import LimitExceeded
from tricks.scheduling.missing import estimate_total, list_missing

SEEDS = (4, 6, 10)
REFUSAL = "refusal"


def offer_missing(recipes: Sequence[Recipe]) -> None:
    """Says how many runs are missing until each recipe has as many seeds, how long they take, and offers to ask."""
    lab = open_lab()
    seeds = st.segmented_control("Seeds each", SEEDS, key="seeds", default=SEEDS[0], required=True)
    missing = list_missing(recipes, lab.results(), seeds)
    waiting = {request.run.name for request in lab.scheduler.queue()}
    runs = [run for run in missing if run.name not in waiting]
    st.caption(format_missing(runs, len(missing) - len(runs), seeds))
    if runs and show_permission():
        st.button(
            f"Queue the {len(runs)} missing runs" if len(runs) > 1 else "Queue the missing run",
            key="ask-missing",
            type="primary",
            icon=":material/playlist_add:",
            on_click=ask_for_all,
            args=(runs,),
        )
    show_refusal()


def show_refusal() -> None:
    """Why the visitor's last wish was not granted, or not wholly."""
    if refusal := st.session_state.get(REFUSAL):
        st.warning(plain(refusal), icon=":material/block:")


def format_missing(runs: Sequence[Run], waiting: int, seeds: int) -> str:
    """What is missing, in one or two sentences."""
    if not runs and waiting:
        return f"All that is missing until each of these recipes has {seeds} seeds is in the queue ({waiting})."
    if not runs:
        return f"All of these recipes have at least {seeds} seeds."
    lab = open_lab()
    pace, at_once = lab.pace(), lab.count_at_once()
    seconds = estimate_total(runs, pace, lab.threads_beside() if len(runs) > 1 else 0)
    duration = (
        f", about {format_duration(seconds / min(at_once, len(runs)))} of training on {pace.where}" if seconds else ""
    )
    queued = f" {waiting} more {'is' if waiting == 1 else 'are'} in the queue." if waiting else ""
    count = "1 run is" if len(runs) == 1 else f"{len(runs)} runs are"
    return f"{count} missing until each of these recipes has {seeds} seeds{duration}.{queued}"


def ask_for_all(runs: Sequence[Run]) -> None:
    """Asks for the runs in their order, as far as the host takes them."""
    lab, visitor = open_lab(), name_visitor()
    st.session_state.pop(REFUSAL, None)
    if not may_train(lab.settings.training):
        return
    with lab.scheduler.at_once():
        for asked, run in enumerate(runs):
            try:
                lab.scheduler.ask(run, visitor)
            except LimitExceeded as refusal:
                queued = f"{asked} of {len(runs)} runs were queued" if len(runs) > 1 else "Not queued"
                st.session_state[REFUSAL] = f"{queued}: {refusal}."
                return
