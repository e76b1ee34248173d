"""What to think of before believing a comparison: what else differs, how the verdict comes about, and warnings."""

from collections.abc import Sequence

import scipy.special  # noqa: F401  Loaded with the server, so that nobody waits for it when the arithmetic is opened.
import streamlit as st

from tricks.analysis.compare import comparable_measure, is_compared, sample_all
from tricks.analysis.confounds import find_confounds
from tricks.charts.compare import ComparedRecipe
from tricks.pages.compare.curves import list_runs_of, read_course_rows
from tricks.pages.shared.choices import keep_open
from tricks.pages.shared.text import plain
from tricks.recipe.measurements import Machine
from tricks.stats.caveats import list_warnings, measure_jumps
from tricks.stats.explanation import explain
from tricks.store.results import Results

MOST_NAMES = 5
UNEVEN = 1.5  # Times as long as another seed.


def show_oddities(entries: dict[str, ComparedRecipe], reference: ComparedRecipe) -> None:
    """In a line each: recipes without runs, of other images, or with diverged runs, the reference among them."""
    each = {**entries, reference.recipe.key: reference}.values()
    unfinished = [entry.recipe.label for entry in each if not entry.results]
    foreign = [entry.recipe.label for entry in each if entry.recipe.dataset != reference.recipe.dataset]
    diverged = [
        f"{entry.recipe.label} (seed {', '.join(map(str, entry.results.diverged))})"
        for entry in each
        if entry.results and entry.results.diverged
    ]
    say("No run is finished yet of", unfinished)
    say(f"Learned other images than the reference ({reference.recipe.dataset}), so not compared with it:", foreign)
    say("Diverged, and counted with the accuracy that the weights have; few seeds cannot tell how often:", diverged)


def show_timing(entries: Sequence[ComparedRecipe]) -> None:
    """In a line each, why the seconds of finished runs may mislead: disturbed seeds, and several machines."""
    machines = {one.machine.title for entry in entries for one in entry.results.runs.values()}
    uneven = [entry.recipe.label for entry in entries if is_uneven(entry)]
    say("Some seeds took much longer than others, paused or beside other work; times are medians over seeds:", uneven)
    if len(machines) > 1:
        say("Seconds are of several machines, so beware of comparing them:", sorted(machines))


def say(words: str, names: Sequence[str]) -> None:
    """A line with names, of very many only the first; nothing without any."""
    if names:
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        st.caption(plain(f"{words} {', '.join(names[:MOST_NAMES])}{more}."))


def is_uneven(entry: ComparedRecipe) -> bool:
    """Whether one seed took so much longer than another on the same machine that it must have been disturbed."""
    by_machine: dict[Machine, list[float]] = {}
    for one in entry.results.runs.values():
        if not one.outcome.diverged:
            by_machine.setdefault(one.machine, []).append(one.outcome.seconds)
    return any(max(seconds) > UNEVEN * min(seconds) for seconds in by_machine.values())


def show_confounds(entries: dict[str, ComparedRecipe], reference: ComparedRecipe) -> None:
    """What differs between each recipe and the reference beyond one trick."""
    found = {
        entry.recipe.label: find_confounds(entry.recipe, reference.recipe)
        for entry in entries.values()
        if is_compared(entry.recipe, reference.recipe)
    }
    confounded = {label: sentences for label, sentences in found.items() if sentences}
    if not found:
        return
    if not confounded:
        st.caption("Every recipe differs from the reference in one trick, and in nothing else by more than a tenth.")
        return
    where = f" in {len(confounded)} of {len(found)} recipes" if len(found) > 1 else ""
    title = f"More than the trick alone differs from the reference{where}"
    keep_open("confounds")
    with st.expander(title, key="confounds", on_change="rerun", icon=":material/call_split:") as expander:
        if expander.open:
            for label, sentences in confounded.items():
                st.markdown(f"**{plain(label)}**\n" + "\n".join(f"- {sentence}" for sentence in sentences))


def show_arithmetic(
    results: Results, entries: dict[str, ComparedRecipe], reference: ComparedRecipe, comparisons: int, wish: str
) -> None:
    """How one recipe's verdict comes about, step by step; corrected when it is one of several comparisons."""
    compared = [key for key, entry in entries.items() if is_compared(entry.recipe, reference.recipe)]
    if not compared:
        return
    with st.expander("The arithmetic of a verdict", key="sums", on_change="rerun", icon=":material/calculate:") as sums:
        if not sums.open:
            return
        if st.session_state.get("explained") not in compared:
            st.session_state.explained = compared[0]
        key = st.selectbox("Recipe", compared, key="explained", format_func=lambda key: entries[key].recipe.label)
        st.markdown(plain(f"{entries[key].recipe.label}, compared with {reference.recipe.label}"))
        sides = (entries[key].recipe, reference.recipe)
        steps = explain(sample_all(sides, results, wish), comparable_measure(sides, wish), comparisons)
        numbered = [f"{number}. **{step.title}.** {step.words}" for number, step in enumerate(steps, start=1)]
        st.markdown("\n".join(numbered))


def show_warnings(entries: dict[str, ComparedRecipe]) -> None:
    """What no interval protects from."""
    with st.expander("Before you believe it", key="warnings", on_change="rerun", icon=":material/warning:") as warnings:
        if warnings.open:
            jumps = measure_jumps(list_courses(entries))
            known = sum(entry.results is not None for entry in entries.values())
            st.markdown("\n".join(f"- {sentence}" for sentence in list_warnings(known, jumps)))


def list_courses(entries: dict[str, ComparedRecipe]) -> list[list[float]]:
    """Test accuracy after every epoch, of every run."""
    courses = []
    for entry in entries.values():
        course = read_course_rows(list_runs_of(entry), entry.recipe)
        seeds = course[course["kind"] == "seed"]
        courses += [list(epochs) for _, epochs in seeds.groupby("seed")["accuracy"]]
    return courses
