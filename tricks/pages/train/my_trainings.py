"""The visitor's own trainings, whatever recipe the page shows: where they stand, how to stop them, how they end."""

from collections.abc import Iterable

import streamlit as st

from tricks.lab import open_lab
from tricks.pages.sessions.shared_reads import measure_share, read_run
from tricks.pages.sessions.visitor import name_visitor
from tricks.pages.shared.text import PRODUCT, plain
from tricks.pages.train.sidebar import show_another
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.requests import Request
from tricks.store.record import Record

MOST_SHOWN = 4


def show_mine(recipe: Recipe) -> None:
    """The visitor's trainings of other recipes, each a button that leads to it; and what ended is noted."""
    mine = list_mine()
    notice_ends(mine)
    others = [request for request in mine if request.run.recipe != recipe]
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Your other trainings**", width="content")
        for place, request in enumerate(others[:MOST_SHOWN]):
            run = request.run
            st.button(
                f"{run.recipe.label}, seed {run.seed}: {format_training(request)}",
                key=f"mine-{place}",
                type="tertiary",
                on_click=show_another,
                args=(run.recipe,),
            )
        if len(others) > MOST_SHOWN:
            st.markdown(f"and {len(others) - MOST_SHOWN} more", width="content")
        st.button("Stop all mine", key="stop-mine", icon=":material/stop:", on_click=withdraw_mine)


def list_mine() -> list[Request]:
    """What the visitor has asked for and is not done, the running ones first."""
    visitor = name_visitor()
    return [request for request in open_lab().scheduler.queue() if visitor in request.visitors]


def withdraw_mine() -> None:
    """Takes back all that the visitor has asked for."""
    st.session_state.pop("mine", None)
    withdraw(list_mine())


def withdraw(requests: Iterable[Request]) -> None:
    """Takes the visitor's name off these requests."""
    for request in requests:
        open_lab().scheduler.withdraw(request.run, name_visitor())


def format_training(request: Request) -> str:
    """Where a training stands, in a few words."""
    if not request.running or request.waiting or request.trouble:
        return "waits"
    return f"{format_duration(open_lab().expect_seconds(request))} left"


def watch(runs: Iterable[Run]) -> None:
    """Lets the end of these runs be told, however soon it comes."""
    st.session_state.setdefault("mine", {}).update({run.name: run for run in runs})


def notice_ends(mine: list[Request]) -> None:
    """Notes which of the visitor's trainings have ended since the last look."""
    session = st.session_state
    now = {request.run.name: request.run for request in mine}
    ended = [run for name, run in session.get("mine", {}).items() if name not in now]
    session.mine = now
    session.setdefault("news", []).extend(filter(None, map(format_end, ended)))


def tell_news() -> None:
    """Says what has ended, in a message and in the window's title, which else says how far a training is.

    For the end of the page's run: a message that another run follows at once would never be seen.
    """
    news, mine = st.session_state.pop("news", []), list_mine()
    for words in news:
        st.toast(plain(words), icon=":material/check_circle:", duration="long")
    shares = [measure_share(request.run) for request in mine if request.running and read_run(request.run)]
    if news or shares:
        title = f"✓ {news[-1]}" if news else f"{max(shares):.0%} · Train"
        st.set_page_config(page_title=f"{title} · {PRODUCT}")


def format_end(run: Run) -> str:
    """How a training ended; nothing of one that was stopped."""
    failures = {failure.run: failure.failure for failure in open_lab().scheduler.failures()}
    if run in failures:
        return f"Seed {run.seed} of {run.recipe.label} was not trained: {failures[run]}"
    record = read_run(run)
    return format_outcome(run, record) if record and record.outcome else ""


def format_outcome(run: Run, record: Record) -> str:
    """How a training ended that was trained to its end."""
    end = "diverged" if record.outcome.diverged else "finished"
    return f"Seed {run.seed} of {run.recipe.label} {end}: {record.outcome.test_accuracy:.1%} test accuracy"
