"""The buttons of a recipe: train it, train five more seeds, stop; and where its training stands in the queue."""

import itertools
from collections.abc import Sequence

import streamlit as st

from tricks.lab import open_lab
from tricks.pages.sessions.visitor import show_permission
from tricks.pages.shared.missing_runs import ask_again, ask_for_all, ask_or_hold, show_refusal
from tricks.pages.train.knowledge import find_reference, format_reference, is_queued
from tricks.pages.train.my_trainings import list_mine, watch, withdraw
from tricks.pages.train.shown_seed import forget_wish
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.requests import Request
from tricks.stats.wording import format_quantity
from tricks.store.results import Results, next_seed, unfinished_seeds

MORE_SEEDS = 5


def show_buttons(recipe: Recipe, results: Results, request: Request | None) -> None:
    """Train, five more, and Stop; what Train asks for is the lowest seed that nobody has finished, or it joins."""
    if not show_permission():
        return
    asked = is_queued(recipe)
    mine = [each for each in list_mine() if each.run.recipe == recipe]
    run = request.run if request and not request.failure else Run(recipe=recipe, seed=next_seed(results, recipe))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            format_label(run, request, bool(mine), asked),
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
        st.button("Stop", key="stop", disabled=not mine, icon=":material/stop:", on_click=withdraw_all, args=(recipe,))
        offer_reference(recipe, results)
        if asked and request:
            st.caption(format_state(request, [each for each in mine if each.run != request.run]))
    ask_again("more")
    show_refusal()


def offer_reference(recipe: Recipe, results: Results) -> None:
    """Offers to train what the recipe is compared with, where nobody has yet."""
    reference = find_reference(recipe)
    if reference.key not in results and not is_queued(reference):
        label = f"Train {format_reference(recipe)} too"
        st.button(label, key="train-reference", icon=":material/balance:", on_click=ask_for, args=(reference, 1))


def format_label(run: Run, request: Request | None, is_mine: bool, is_asked: bool) -> str:
    """What the first button does, or, where that is done, what becomes of it."""
    if is_mine:
        return f"Training seed {run.seed}" if request and request.running else f"Seed {run.seed} waits"
    return f"Join seed {run.seed}" if is_asked else f"Train seed {run.seed}"


def ask_for(recipe: Recipe, seeds: int) -> None:
    """Asks for so many of the lowest seeds that nobody has finished by now, which joins whoever trains them.

    Five more are five that the visitor has not asked for yet; where they take hours, they are asked for twice.
    """
    asked = {request.run for request in list_mine()}
    runs = (Run(recipe=recipe, seed=seed) for seed in unfinished_seeds(open_lab().results(), recipe))
    wanted = list(itertools.islice((run for run in runs if seeds == 1 or run not in asked), seeds))
    forget_wish()
    watch(wanted)
    if seeds > 1:
        ask_or_hold("more", wanted)
    else:
        ask_for_all(wanted)


def withdraw_all(recipe: Recipe) -> None:
    """Takes back what the visitor has asked for of this recipe."""
    withdraw(request for request in list_mine() if request.run.recipe == recipe)


def format_state(request: Request, further: Sequence[Request]) -> str:
    """Where the request stands, who shares it, when it probably begins and ends, and what else of the recipe is asked.

    `further` are the visitor's other requests for the recipe.
    """
    others = len(request.visitors) - 1
    together = f", with {format_quantity(others, 'other')} waiting for it" if others > 0 else ""
    together += format_further(further)
    if request.running or request.trouble:
        return ("waiting" if request.waiting or request.trouble else "in training") + together
    forecast = open_lab().forecast()
    if request.run not in forecast:
        return "waiting" + together
    expected = forecast[request.run]
    ahead = sum(other.start < expected.start for other in forecast.values())
    place = "you are next" if ahead <= 1 else f"{ahead} trainings are before it"
    when = f"starts in about {format_duration(expected.start)}, done in about {format_duration(expected.end)}"
    return f"{place}, {when}{together}; {format_at_once(open_lab().count_at_once())}"


def format_further(further: Sequence[Request]) -> str:
    """How many more of a recipe's seeds are trained at the same time, and how many come later."""
    beside = sum(request.running for request in further)
    counts = {"beside it": beside, "after it": len(further) - beside}
    parts = [f"{count} more of this recipe {where}" for where, count in counts.items() if count]
    return "; " + " and ".join(parts) if parts else ""


def format_at_once(count: int) -> str:
    """How many trainings the host has at a time."""
    return f"{count} are trained at a time here" if count > 1 else "one is trained at a time here"
