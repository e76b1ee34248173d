"""A finished run again: its curves in ten seconds, in the browser, and its first filters before and after."""

import os
from collections.abc import Sequence

import numpy as np
import streamlit as st

from tricks.analysis.filters import draw_first_filters
from tricks.analysis.predictions import Predictions
from tricks.charts.colors import Sign
from tricks.charts.gallery import color_filters
from tricks.charts.replay import MEASURES, SECONDS, Replayed, draw_replay, replay_spec, replay_table
from tricks.lab import open_lab
from tricks.pages.shared.text import plain
from tricks.recipe.run import Run
from tricks.store.files import WEIGHTS
from tricks.store.tensors import read_first_filters

PLACE = "replay"


def show_replay(each: Sequence[Predictions], signs: Sequence[Sign]) -> None:
    """A run of each recipe, as soon as somebody opens it."""
    title = "See it train again" if len(each) == 1 else "See both train again"
    is_linked = "seed" in st.query_params
    with st.expander(title, is_linked, key=PLACE, on_change="rerun", icon=":material/replay:") as expander:
        if expander.open:
            runs = choose_replayed_runs(each)
            show_replayed_curves(runs, signs)
            show_filters(runs)


def choose_replayed_runs(each: Sequence[Predictions]) -> list[Run]:
    """A run of each: of the seed that the visitor or the link chooses; at first one whose weights are kept."""
    seeds = [seed for seed in each[0].seeds if all(seed in of.seeds for of in each)]
    if not seeds:
        return [Run(recipe=of.recipe, seed=of.seeds[0]) for of in each]
    kept = [seed for seed in seeds if all(_has_weights(Run(recipe=of.recipe, seed=seed)) for of in each)]
    if st.session_state.get("seed") not in seeds:
        linked = st.query_params.get("seed", "")
        st.session_state.seed = int(linked) if linked in map(str, seeds) else [*kept, *seeds][0]
    seed = st.selectbox("Seed", seeds, key="seed", persist_state="session", width=160)
    if seed == [*kept, *seeds][0]:
        st.query_params.pop("seed", None)
    else:
        st.query_params["seed"] = str(seed)
    return [Run(recipe=of.recipe, seed=seed) for of in each]


def show_replayed_curves(runs: Sequence[Run], signs: Sequence[Sign]) -> None:
    """Loss and accuracy, and the button that plays them; the browser does it, by a style."""
    records = [open_lab().store.read(run) for run in runs]
    if not all(record and record.epochs for record in records):
        st.caption("The curves of this seed cannot be read.")
        return
    epochs = {run.recipe.epochs for run in runs}
    end = max(epochs) if len(epochs) == 1 else 1
    played = [
        Replayed(record=record, sign=sign, label=record.run.recipe.label, end=end)
        for record, sign in zip(records, signs, strict=True)
    ]
    press = st.button(f"Play in {SECONDS} seconds", key="play", icon=":material/play_arrow:", type="primary")
    turn = st.session_state.play_turn = st.session_state.get("play_turn", 0) + press
    st.html(draw_replay(played, PLACE, turn))
    for column, measure in zip(st.columns(2, gap="medium"), MEASURES, strict=True):
        with column, st.container(key=f"{PLACE}-{measure}"):
            dotted = ", dotted on the training images while training" if measure == "accuracy" else ", smoothed"
            if measure == "loss" and len({run.recipe.objective for run in runs}) > 1:
                dotted += ": the two are different losses, whose values cannot be held against each other"
            st.markdown(f"**{MEASURES[measure].capitalize()}**{dotted}")
            st.vega_lite_chart(
                replay_table(played, measure),
                replay_spec(measure, end),
                key=f"{PLACE}-{measure}-chart",
                alt=f"{MEASURES[measure].capitalize()} of the chosen seed from the beginning to the end",
            )


def show_filters(runs: Sequence[Run]) -> None:
    """The filters of the first convolution, which look at colours: before the first step and after the last."""
    for run in runs:
        st.markdown(f"**The first filters of {plain(run.recipe.label)}, seed {run.seed}**, before and after training")
        after, before = read_first_filters(open_lab().store, run), draw_first_filters(run)
        if after is None:
            st.caption("The weights of this seed are not kept, so there are no filters to see.")
            continue
        if before is None:
            st.caption("They begin in a way that is not worked out without PyTorch, so only the end is shown.")
        known = {words: filters for words, filters in (("before", before), ("after", after)) if filters is not None}
        reach = max(float(np.abs(filters).max()) for filters in known.values())
        for column, (words, filters) in zip(st.columns(2, gap="medium"), known.items(), strict=False):
            with column:
                st.html(color_filters(filters, reach, f"The {len(filters)} first filters {words} training"))
                st.caption(f"{words.capitalize()}: grey is a weight of 0, full colour one of {reach:.2f}")


def _has_weights(run: Run) -> bool:
    return os.path.exists(open_lab().store.path(run, WEIGHTS))
