"""The buttons of a recipe: train it, train five more seeds, stop; and where its training stands in the queue."""

import itertools

import streamlit as st

from tricks.lab import open_lab
from tricks.pages.sessions.visitor import name_visitor, show_permission
from tricks.pages.shared.missing_runs import ask_for_all, show_refusal
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.requests import Request
from tricks.store.results import Results, next_seed, unfinished_seeds

MORE_SEEDS = 5


def show_buttons(recipe: Recipe, results: Results, request: Request | None) -> None:
    """Train, five more, and Stop; what Train asks for is the lowest seed that nobody has finished, or it joins."""
    visitor, scheduler = name_visitor(), open_lab().scheduler
    if not show_permission():
        return
    queued = [each for each in scheduler.queue() if each.run.recipe == recipe]
    mine = [each.run for each in queued if visitor in each.visitors]
    run = request.run if request and not request.failure else Run(recipe=recipe, seed=next_seed(results, recipe))
    label = f"Training seed {run.seed}" if mine else f"Join seed {run.seed}" if queued else f"Train seed {run.seed}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            key="train",
            type="primary",
            disabled=bool(mine),
            icon=":material/play_arrow:",
            on_click=ask_for,
            args=(recipe, 1),
        )
        st.button(
            f"{MORE_SEEDS} more seeds", key="more", icon=":material/add:", on_click=ask_for, args=(recipe, MORE_SEEDS)
        )
        st.button(
            "Stop", key="stop", disabled=not mine, icon=":material/stop:", on_click=withdraw_all, args=(recipe, visitor)
        )
        if queued and request:
            st.caption(format_state(request, len(mine)))
    show_refusal()


def ask_for(recipe: Recipe, seeds: int) -> None:
    """Asks for so many of the lowest seeds that nobody has finished by now, which joins whoever trains them.

    Five more are five that the visitor has not asked for yet.
    """
    lab, visitor = open_lab(), name_visitor()
    asked = {each.run for each in lab.scheduler.queue() if visitor in each.visitors}
    runs = (Run(recipe=recipe, seed=seed) for seed in unfinished_seeds(lab.results(), recipe))
    ask_for_all(list(itertools.islice((run for run in runs if seeds == 1 or run not in asked), seeds)))


def withdraw_all(recipe: Recipe, visitor: str) -> None:
    """Takes back what the visitor has asked for of this recipe."""
    scheduler = open_lab().scheduler
    for request in scheduler.queue():
        if request.run.recipe == recipe and visitor in request.visitors:
            scheduler.withdraw(request.run, visitor)


def format_state(request: Request, mine: int) -> str:
    """Where the request stands, who shares it, and when it probably begins and ends."""
    others = len(request.visitors) - 1
    together = f", with {others} other{'s' if others > 1 else ''} waiting for it" if others > 0 else ""
    further = f"; {mine - 1} more of this recipe after it" if mine > 1 else ""
    if request.running or request.trouble:
        return ("waiting" if request.waiting or request.trouble else "in training") + together + further
    forecast = open_lab().forecast()
    if request.run not in forecast:
        return "waiting" + together + further
    expected = forecast[request.run]
    ahead = sum(other.start < expected.start for other in forecast.values())
    place = "you are next" if ahead <= 1 else f"{ahead} trainings are before it"
    when = f"starts in about {format_duration(expected.start)}, done in about {format_duration(expected.end)}"
    return f"{place}{together}, {when}{further}"
