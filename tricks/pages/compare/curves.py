"""Accuracy on its way: the curves of the chosen recipes over their seeds, with the runs that are in training now."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tricks.charts.compare import ComparedRecipe
from tricks.charts.curves import accuracy_curves, mean_accuracy_curve
from tricks.charts.theme import AXES, compare_curves_spec
from tricks.lab import open_lab
from tricks.pages.sessions.page_lock import give_way
from tricks.pages.shared.choices import choose
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.stats.wording import format_quantity
from tricks.store.index import Finished

MOST_DETAILED = 10  # With more recipes, shades and single seeds hide the means.
COLUMNS = [
    "epoch",
    "step",
    "seconds",
    "accuracy",
    "low",
    "high",
    "count",
    "seed",
    "kind",
    "label",
    "color",
    "shape",
    "filled",
]


def list_asked_runs() -> list[Run]:
    """The runs that are in training, or wait for it."""
    return [request.run for request in open_lab().scheduler.queue()]


def list_live_runs() -> list[Run]:
    """The runs that are in training at this moment."""
    return [request.run for request in open_lab().scheduler.queue() if request.running]


def show_curves(entries: dict[str, ComparedRecipe]) -> None:
    """The curves by epoch, step or seconds, and which runs are still on their way."""
    crowded = len(entries) > MOST_DETAILED
    heading = st.container()
    axis = choose("Horizontal axis", "axis", list(AXES), format_func=AXES.get, label_visibility="collapsed")
    details = "means, single seeds faint, from lowest to highest shaded"
    if axis == "seconds":
        details = "means at the median times of their seeds, which may have been paused; from lowest to highest shaded"
    if crowded:
        details = "means alone, for clarity"
    heading.markdown(f"**Test accuracy on its way**: {details}; runs in training dashed")
    live = [run for run in list_live_runs() if run.recipe.key in entries]
    for entry in entries.values():
        read_course_rows(list_runs_of(entry), entry.recipe)
        give_way()
    identity = tuple((key, identify_runs(list_runs_of(entry))) for key, entry in entries.items())
    tables = [
        join_courses(identity, entries, crowded),
        *(live_course(run, entries[run.recipe.key]) for run in live),
    ]
    table = stack(tables).drop(columns=[name for name in AXES if name != axis])
    st.vega_lite_chart(
        table[table["kind"] != "seed"] if axis == "seconds" else table,
        compare_curves_spec(axis),
        key="curves",
        alt=f"Test accuracy by {AXES[axis]} of the chosen recipes",
    )
    for run in live:
        st.caption(format_live(run))


def list_runs_of(entry: ComparedRecipe) -> tuple[Finished, ...]:
    """The recipe's finished runs."""
    return tuple(entry.results.runs.values()) if entry.results else ()


def identify_runs(runs: Sequence[Finished]) -> tuple[tuple[int, str], ...]:
    """What tells the runs of one recipe apart: their seeds, and where they come from."""
    return tuple((one.run.seed, one.origin) for one in runs)


@st.cache_resource(max_entries=50, show_spinner=False)
def join_courses(
    identity: tuple[tuple[str, tuple[tuple[int, str], ...]], ...], _entries: dict[str, ComparedRecipe], crowded: bool
) -> pd.DataFrame:
    """The courses of several recipes, each with its label and sign, as one table; of a crowd only the means."""
    courses = [
        read_course_rows(list_runs_of(entry), entry.recipe).assign(label=entry.label, **entry.sign.columns)
        for entry in _entries.values()
    ]
    table = stack(courses)
    return table[table["kind"] == "mean"].assign(low=math.nan, high=math.nan) if crowded else table


def stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """The tables below each other; without any rows, the columns alone."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True).reindex(columns=COLUMNS) if filled else pd.DataFrame(columns=COLUMNS)


@st.cache_resource(
    max_entries=500,
    show_spinner=False,
    hash_funcs={Recipe: lambda recipe: recipe.key, Finished: lambda one: (one.run.seed, one.origin)},
)
def read_course_rows(runs: tuple[Finished, ...], recipe: Recipe) -> pd.DataFrame:
    """Rows of kind seed for every run of the recipe and of kind mean over them; read again only when one is added."""
    records = [open_lab().read_course(one) for one in runs]
    mean = mean_accuracy_curve(records, "mean").rename(columns={"mean": "accuracy"})
    tables = (mean, accuracy_curves(records, "seed"))
    return stack([table.rename(columns={"series": "kind"}) for table in tables])


def live_course(run: Run, entry: ComparedRecipe) -> pd.DataFrame:
    """Rows of kind live: the epochs that the run has behind it."""
    curve = accuracy_curves([open_lab().store.read(run)], "live").rename(columns={"series": "kind"})
    return curve.assign(label=entry.label, **entry.sign.columns)


def format_live(run: Run) -> str:
    """How far a run in training is."""
    record = open_lab().store.read(run)
    epochs = len(record.epochs) if record else 0
    done = f"{epochs} of {format_quantity(run.recipe.epochs, 'epoch')} done"
    return plain(f"In training: {run.recipe.label}, seed {run.seed}, {done}")
