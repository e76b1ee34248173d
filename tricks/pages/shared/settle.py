"""The button that settles a question: seeds are trained of whichever recipe needs them, until the verdict is clear."""

from collections.abc import Sequence

import streamlit as st

from tricks.lab import open_lab
from tricks.pages.sessions.shared_reads import measure_share
from tricks.pages.sessions.visitor import may_train, name_visitor, show_permission
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.missing import estimate_total
from tricks.scheduling.requests import Request
from tricks.scheduling.settle import Question, list_left
from tricks.scheduling.settle_requests import SettleRequest
from tricks.stats.comparison import SETTLED
from tricks.stats.wording import format_comparison, format_quantity
from tricks.store.results import Results

BUDGETS = (10, 20, 40)
USUAL_BUDGET = 20


def show_settle(recipe: Recipe, reference: Recipe, wish: str = SETTLED) -> None:
    """What is known of the two, how far settling it is, and the button that begins or stops it.

    It is as fresh as the fragment that it stands in.
    """
    question = Question(recipe=recipe, reference=reference, measure=wish)
    settler, visitor = open_lab().settler, name_visitor()
    request = settler.find(question, visitor)
    results = open_lab().results()
    comparison = question.compare(results)
    with st.container(border=True, key=name_place(question), gap="small"):
        sides = f"{recipe.label} against {reference.label}"
        st.markdown(f"**{plain(sides)}**: {plain(format_comparison(comparison))}")
        if request:
            show_settling(request, results)
        elif not comparison.is_clear and show_permission(f"sign-in-{name_place(question)}"):
            offer_to_settle(question, results)
        if reason := settler.find_reason(question, visitor):
            st.warning(plain(f"Not settled: {reason}."), icon=":material/block:")


def name_place(question: Question) -> str:
    """The key of the question's place on the page, and of the widgets in it."""
    return "-".join(["settle", *(recipe.key.rsplit("-", 1)[1] for recipe in question.sides)])


def offer_to_settle(question: Question, results: Results) -> None:
    """The budget, the button, and how much training that is at most."""
    place = name_place(question)
    with st.container(horizontal=True, vertical_alignment="center"):
        press = st.container(width="content")
        at_most = st.segmented_control(
            "At most so many seeds of each",
            BUDGETS,
            key=f"{place}-budget",
            default=USUAL_BUDGET,
            required=True,
            persist_state="session",
            label_visibility="collapsed",
            width="content",
        )
        left = list_both(question, at_most, results)
        st.caption(f"at most {at_most} seeds of each: {format_left(left)}")
        press.button(
            "Settle it",
            key=f"{place}-begin",
            type="primary",
            disabled=not left,
            icon=":material/gavel:",
            help="Trains further seeds of whichever side needs them, one after the other, until the verdict is clear or"
            " both have as many as you allow. The interval holds however often one looks, so this is no cheating.",
            on_click=begin,
            args=(question,),
        )


def show_settling(request: SettleRequest, results: Results) -> None:
    """How far it is, and Stop."""
    seeds = request.question.compare(results).seeds
    spent = [min(count, request.at_most) for count in seeds]
    runs = list_in_hand(request)
    shares = [measure_share(each.run) for each in runs if each.running]
    left = list_both(request.question, request.at_most, results)
    words = f"{spent[0]} and {spent[1]} of at most {request.at_most} seeds; {format_in_hand(runs)}; {format_left(left)}"
    st.progress(min(1.0, (sum(spent) + sum(shares)) / (2 * request.at_most)), text=plain(words))
    st.button(
        "Stop",
        key=f"{name_place(request.question)}-stop",
        icon=":material/stop:",
        on_click=open_lab().settler.stop,
        args=(request.question, request.visitor),
    )


def begin(question: Question) -> None:
    """Asks for the question to be settled, where the visitor may, with the budget that is chosen when it is pressed."""
    if may_train(open_lab().settings.training):
        at_most = st.session_state[f"{name_place(question)}-budget"]
        open_lab().settler.ask(question, at_most, name_visitor())


def list_both(question: Question, at_most: int, results: Results) -> list[Run]:
    """The runs that the budget leaves to both sides."""
    return [run for recipe in question.sides for run in list_left(recipe, at_most, results)]


def list_in_hand(request: SettleRequest) -> list[Request]:
    """What the question waits for, as it stands in the queue."""
    queue = {each.run: each for each in open_lab().scheduler.queue()}
    return [queue[run] for run in request.runs if run in queue]


def format_in_hand(runs: Sequence[Request]) -> str:
    """What is trained for the question, or what holds it up."""
    running = [
        f"seed {each.run.seed} of {each.run.recipe.label}, {measure_share(each.run):.0%}"
        for each in runs
        if each.running and not each.waiting
    ]
    if running:
        return f"in training: {' and '.join(running)}"
    return next((text for each in runs if (text := each.trouble or each.waiting)), "waiting for a turn")


def format_left(runs: Sequence[Run]) -> str:
    """How much training the budget still allows."""
    if not runs:
        return "that is what there is already"
    pace = open_lab().pace()
    seconds = estimate_total(runs, pace)
    duration = f", about {format_duration(seconds)} on {plain(pace.where)}" if seconds else ""
    return f"no more than {format_quantity(len(runs), 'further run')}{duration}"
