"""What is not known, and the buttons that find it out: questions to settle, and tricks that nobody has measured."""

from collections.abc import Sequence

import streamlit as st

from tricks.analysis.answer import Measured
from tricks.analysis.effects import Change, Effect
from tricks.lab import open_lab
from tricks.pages.sessions.visitor import name_visitor, show_permission
from tricks.pages.shared.missing_runs import ask_again, estimate_seconds, offer_runs
from tricks.pages.shared.settle import show_settle
from tricks.pages.shared.text import escape
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.missing import list_missing
from tricks.scheduling.settle import Question
from tricks.stats.wording import format_count, format_seeds


def show_unclear(group: Sequence[Measured], measure: str) -> None:
    """The questions that are being settled for the visitor, and one that may be."""
    changes = {one.effect.change.recipe.key: one.effect for one in group}
    if not changes:
        return
    with st.container(key="unclear", gap="small"):
        st.markdown("**Settle what is not clear yet**: seeds are trained until the verdict is clear, or a budget ends.")
        running = [key for key, effect in changes.items() if is_being_settled(effect.change, measure)]
        others = [key for key in changes if key not in running]
        if st.session_state.get("unclear-one") not in others:
            st.session_state.pop("unclear-one", None)
        for key in running:
            show_settle(changes[key].change.recipe, changes[key].change.reference, measure)
        chosen = others and st.pills(
            "Not clear yet",
            others,
            key="unclear-one",
            format_func=lambda key: format_open(changes[key]),
            label_visibility="collapsed",
        )
        if chosen:
            show_settle(changes[chosen].change.recipe, changes[chosen].change.reference, measure)


def is_being_settled(change: Change, measure: str) -> bool:
    """Whether the visitor has asked for it."""
    question = Question(recipe=change.recipe, reference=change.reference, measure=measure)
    return open_lab().settler.find(question, name_visitor()) is not None


def format_open(effect: Effect) -> str:
    """The trick, and what a verdict probably takes."""
    needed = format_seeds(effect.single.seeds_needed).removesuffix(" of each")
    return f"{effect.change.label}: {needed}" if needed else effect.change.label


def show_unmeasured(effects: Sequence[Effect]) -> None:
    """In one line the tricks that nobody has measured, each with a button that has it measured."""
    if not effects:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="unmeasured"):
        st.markdown(f"**Not measured yet · {len(effects)}**", width="content")
        if not show_permission("sign-in-to-measure"):
            st.caption(escape(", ".join(effect.change.label for effect in effects)))
            return
        st.caption("Measure it:", width="content")
        asked = {request.run for request in open_lab().scheduler.queue()}
        keys = [offer_to_measure(effect, asked) for effect in effects]
    ask_again(*keys)


def offer_to_measure(effect: Effect, asked: set[Run]) -> str:
    """A small button that asks for the first seeds of both sides; its key."""
    change, fewest = effect.change, effect.single.fewest
    missing = list_missing((change.reference, change.recipe), open_lab().results(), fewest)
    runs = [run for run in missing if run not in asked]
    key = f"measure-{change.trick.name}"
    if not runs:
        about = "*Stop all mine* on the page Train takes it back, where you have asked for it."
        st.button(f"{change.label}: in the queue", key=key, type="tertiary", disabled=True, help=about)
        return key
    seconds = estimate_seconds(runs)
    about = f": about {format_duration(seconds)}" if seconds else ""
    offer_runs(
        f"{change.label}{about}",
        runs,
        key,
        type="tertiary",
        icon=":material/play_arrow:",
        help=f"{change.trick.why} Measured by {format_count(fewest)} seeds of each side.",
    )
    return key
