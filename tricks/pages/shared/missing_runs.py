"""Asking for runs, as far as the host takes them; and the button that asks for all that a page's answers still miss."""

from collections.abc import Sequence
from typing import Any

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
REFUSAL, HELD = "refusal", "held-back"
MUCH_SECONDS = 3600.0


def offer_missing(recipes: Sequence[Recipe]) -> None:
    """Says how many runs are missing until each recipe has as many seeds, how long they take, and offers to ask."""
    show_offer(recipes)
    show_refusal()


def show_missing(recipes: Sequence[Recipe]) -> None:
    """The same, out of the way until somebody opens it."""
    with st.expander("More seeds", key="more-seeds", on_change="rerun", icon=":material/playlist_add:") as more:
        if more.open:
            show_offer(recipes)
    show_refusal()


def show_offer(recipes: Sequence[Recipe]) -> None:
    """What is missing, and the button that asks for it."""
    lab = open_lab()
    seeds = st.segmented_control("Seeds each", SEEDS, key="seeds", default=SEEDS[0], required=True)
    missing = list_missing(recipes, lab.results(), seeds)
    waiting = {request.run.name for request in lab.scheduler.queue()}
    runs = [run for run in missing if run.name not in waiting]
    st.caption(format_missing(runs, len(missing) - len(runs), seeds))
    if runs and show_permission():
        label = f"Queue the {len(runs)} missing runs" if len(runs) > 1 else "Queue the missing run"
        offer_runs(label, runs, "ask-missing", type="primary", icon=":material/playlist_add:")
        ask_again("ask-missing")


def offer_runs(label: str, runs: Sequence[Run], key: str, **look: Any) -> None:
    """A button that asks for the runs; where that is many hours, `ask_again` asks once more."""
    seconds = estimate_seconds(runs)
    is_much = seconds is None or seconds > MUCH_SECONDS
    press = {"on_click": hold_back, "args": (key, runs)} if is_much else {"on_click": ask_for_all, "args": (runs,)}
    st.button(label, key=key, **press, **look)


def ask_or_hold(key: str, runs: Sequence[Run]) -> None:
    """Asks for a few runs; where they are known to take many hours, `ask_again` asks once more."""
    if (estimate_seconds(runs) or 0) > MUCH_SECONDS:
        hold_back(key, runs)
    else:
        ask_for_all(runs)


def hold_back(key: str, runs: Sequence[Run]) -> None:
    """Notes that the button with this key waits for a second word."""
    st.session_state[HELD] = (key, runs)


def ask_again(*keys: str) -> None:
    """Whether so much shall really be trained, where one of these buttons was pressed; who can stop it, and where."""
    key, runs = st.session_state.get(HELD, ("", ()))
    if key not in keys:
        return
    seconds = estimate_seconds(runs)
    duration = f"about {format_duration(seconds)} of training" if seconds else "nobody knows how much training"
    count = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    st.warning(
        f"That is {count}, {duration} on this host, by turns with what others ask for. You can stop it at any time"
        " with *Stop all mine* on [Train](./), and the host with `python -m tricks stop all`.",
        icon=":material/hourglass_top:",
    )
    with st.container(horizontal=True):
        st.button(f"Yes, queue {count}", key="really", type="primary", on_click=ask_for_held)
        st.button("No", key="rather-not", on_click=let_go)


def ask_for_held() -> None:
    """Asks for what was held back."""
    ask_for_all(let_go())


def let_go() -> Sequence[Run]:
    """Forgets what was held back, and returns it."""
    return st.session_state.pop(HELD, ("", ()))[1]


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
    seconds = estimate_seconds(runs)
    duration = f", about {format_duration(seconds)} of training on {plain(open_lab().pace().where)}" if seconds else ""
    queued = f" {waiting} more {'is' if waiting == 1 else 'are'} in the queue." if waiting else ""
    count = "1 run is" if len(runs) == 1 else f"{len(runs)} runs are"
    return f"{count} missing until each of these recipes has {seeds} seeds{duration}.{queued}"


def estimate_seconds(runs: Sequence[Run]) -> float | None:
    """How long the host takes for the runs, as many at a time as it trains; None while nothing was timed."""
    lab = open_lab()
    seconds = estimate_total(runs, lab.pace(), lab.threads_beside() if len(runs) > 1 else 0)
    return seconds and seconds / min(lab.count_at_once(), len(runs))


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
