"""A run as it goes: its numbers, and its loss and accuracy with what is known behind them."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tricks.charts.curves import (
    accuracy_curves,
    evaluated_loss_curve,
    loss_curve,
    mean_accuracy_curve,
    mean_loss_curve,
    smooth,
    train_accuracy_curve,
)
from tricks.charts.drawing import draw_progress
from tricks.charts.theme import accuracy_spec, enlarge_chart, loss_spec
from tricks.lab import open_lab
from tricks.pages.sessions.shared_reads import read_run
from tricks.pages.shared.lecture import is_lecture
from tricks.pages.train.knowledge import find_reference, format_baseline
from tricks.pages.train.shown_seed import offer_seeds
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.requests import Request
from tricks.store.record import Record
from tricks.store.results import Results


def show_progress_bar(run: Run, request: Request | None) -> None:
    """How far the run is, and in words what it is doing."""
    record = read_run(run)
    done = len(record.losses) if record else 0
    st.html(draw_progress(min(1.0, done / run.steps), format_progress(run, record, request)))


def show_run_numbers(run: Run, seeds: Sequence[int]) -> None:
    """The run in numbers, beside the choice of these seeds; the same elements in every state, so that nothing jumps."""
    record = read_run(run)
    steps = run.steps
    done = len(record.losses) if record else 0
    epoch = record.epochs[-1] if record and record.epochs else None
    numbers = {
        "Epoch": f"{min(run.recipe.epochs, done * run.recipe.epochs // steps)} of {run.recipe.epochs}",
        "Loss, smoothed": f"{smooth(record.losses, steps)[-1]:.3f}" if done else "–",
        "Test accuracy": f"{epoch.test_accuracy:.1%}" if epoch else "–",
        "On training images": f"{epoch.train_accuracy:.1%}" if epoch else "–",
        "Images per second": f"{epoch.images_per_second:,.0f}" if epoch else "–",
    }
    with st.container(horizontal=True):
        offer_seeds(run, seeds)
        for name, value in numbers.items():
            st.metric(name, value, width="content")


def format_progress(run: Run, record: Record | None, request: Request | None) -> str:
    """What the run is doing, in one line."""
    name = f"Seed {run.seed}"
    if record and record.outcome:
        end = "diverged: its loss is no longer a number" if record.outcome.diverged else "finished"
        return f"{name} {end}, {format_duration(record.outcome.seconds)} on {record.machine.title}"
    if record is None and request is None:
        return f"{name} has not begun"
    if request is None or request.failure:
        return f"{name} was stopped; pressing Train goes on from its last checkpoint"
    if request.waiting:
        return f"{name}: {request.waiting}"
    if not request.running:
        return f"{name} waits for its turn"
    if record is None:
        return f"{name}: starting PyTorch"
    if record.preparing:
        share = "" if record.preparing.fraction is None else f", {record.preparing.fraction:.0%}"
        return f"{name}: {record.preparing.text}{share}"
    if not record.losses:
        return f"{name}: starting"
    return f"{name}: {format_duration(open_lab().expect_seconds(request))} left on {record.machine.title}"


def show_charts(run: Run, seeds: list[int], results: Results) -> None:
    """Loss and accuracy of the run, with its finished seeds and the baseline behind."""
    alike, usual = find_reference(run.recipe), Recipe(dataset=run.recipe.dataset)
    baseline = alike if alike.key in results else usual
    known = tuple(results[baseline.key].runs) if baseline.key in results and baseline != run.recipe else ()
    others = tuple(seed for seed in seeds if seed != run.seed)
    record = read_run(run)
    state = (record.started, len(record.resumed), len(record.losses), len(record.epochs)) if record else ()
    draw_charts(run, baseline, others, known, state, is_lecture())


HASHES = {Run: lambda run: run.name, Recipe: lambda recipe: recipe.key}


@st.cache_resource(max_entries=50, show_spinner=False, hash_funcs=HASHES)
def draw_charts(
    run: Run, baseline: Recipe, others: tuple[int, ...], known: tuple[int, ...], state: tuple, lecture: bool
) -> None:
    """The charts of a run in this state: drawn for the first visitor who sees it, and replayed to all the others."""
    recipe, specs = run.recipe, [loss_spec(run.steps), accuracy_spec(run.recipe.epochs)]
    if lecture:
        specs = list(map(enlarge_chart, specs))
    losses, accuracies = collect_curves(run, baseline, others, known)
    beside = f"; {format_baseline(baseline, recipe)} in grey" if known else ""
    caption = f", on test images dotted{beside}"
    if not recipe.has_plain_loss:
        caption = f"; this is {format_loss(recipe)}, whose values cannot be held against another's"
    left, right = st.columns(2)
    with left:
        st.markdown("**Loss**")
        st.vega_lite_chart(
            losses,
            specs[0],
            key="loss",
            alt=f"Training loss of seed {run.seed} by step, and on test images by epoch where that is the same loss",
        )
        st.caption(f"Every step faint, smoothed strong{caption}")
    with right:
        st.markdown("**Accuracy**")
        st.vega_lite_chart(
            accuracies,
            specs[1],
            key="accuracy",
            alt=f"Test accuracy of seed {run.seed} by epoch, and its accuracy on training images",
        )
        faint = ", its other seeds faint" if others else ""
        st.caption(f"On test images{faint}; on training images dotted{beside}")


def format_loss(recipe: Recipe) -> str:
    """By what the recipe is trained, where that is not what an evaluation measures."""
    if recipe.loss != TRICKS["loss"].default:
        return f"the {recipe.loss} loss"
    return "a loss of smoothed labels" if recipe.label_smoothing else "a loss of mixed images"


def collect_curves(
    run: Run, baseline: Recipe, others: tuple[int, ...], known: tuple[int, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of both charts: the run's own, those of its finished seeds, and the baseline's."""
    steps, recipe, record = run.steps, run.recipe, read_run(run)
    losses = [loss_curve(record, steps)]
    if recipe.has_plain_loss:
        losses += [baseline_loss(baseline, known, steps), evaluated_loss_curve(record)]
    accuracies = [
        baseline_accuracy(baseline, known, recipe.epochs),
        finished_accuracy(recipe, others),
        train_accuracy_curve(record),
        accuracy_curves([record], "this run"),
    ]
    return pd.concat(losses, ignore_index=True), pd.concat(accuracies, ignore_index=True)


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def baseline_loss(baseline: Recipe, seeds: tuple[int, ...], steps: int) -> pd.DataFrame:
    """The baseline's mean loss, which finished runs no longer change, as far as the run beside it goes."""
    curve = mean_loss_curve(read_records(baseline, seeds), Run(recipe=baseline, seed=0).steps, "baseline")
    return curve[curve["step"] <= steps]


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def baseline_accuracy(baseline: Recipe, seeds: tuple[int, ...], epochs: int) -> pd.DataFrame:
    """The baseline's accuracy by epoch with its range over seeds, as far as the run beside it goes."""
    curve = mean_accuracy_curve(read_records(baseline, seeds), "baseline")
    return curve[curve["epoch"] <= epochs].rename(columns={"mean": "accuracy"})


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def finished_accuracy(recipe: Recipe, seeds: tuple[int, ...]) -> pd.DataFrame:
    """The accuracy by epoch of the recipe's finished seeds."""
    return accuracy_curves(read_records(recipe, seeds), "finished")


def read_records(recipe: Recipe, seeds: tuple[int, ...]) -> list[Record]:
    """The records of the recipe's seeds."""
    records = [open_lab().store.read(Run(recipe=recipe, seed=seed)) for seed in seeds]
    return [record for record in records if record]
