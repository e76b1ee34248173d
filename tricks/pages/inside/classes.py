"""Accuracies and differences by class, as rows of a chart and in words."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tricks.analysis.predictions import Predictions, compare_classes, estimate_classes, measure_classes
from tricks.catalogue.datasets import DATASETS
from tricks.charts.colors import Sign
from tricks.charts.predictions import class_spec
from tricks.pages.shared.text import plain
from tricks.stats.comparison import BETTER, UNCLEAR, WORSE, Comparison
from tricks.stats.wording import format_interval, format_points

COLUMNS = ["label", "place", "row", "kind", "value", "low", "high", "color", "recipe"]
TEXTS = ("label", "kind", "color", "recipe")


def show_class_accuracies(each: Sequence[Predictions], signs: Sequence[Sign]) -> None:
    """The accuracy of each recipe on each class."""
    st.markdown("**Accuracy by class**: diamond the mean, line its 95% interval, dots the single seeds")
    rows = []
    names = DATASETS[each[0].recipe.dataset].class_names
    for row, (of, sign, intervals) in enumerate(zip(each, signs, estimate_classes(*each), strict=True)):
        shared = {"row": row, "color": sign.color, "recipe": of.recipe.label}
        for place, (label, interval, values) in enumerate(zip(names, intervals, measure_classes(of).T, strict=True)):
            own = {"label": label, "place": place, **shared}
            rows.append({**own, "kind": "mean", "value": interval.mean, "low": interval.low, "high": interval.high})
            rows += [{**own, "kind": "seed", "value": value} for value in values]
    st.vega_lite_chart(
        tabulate_classes(rows),
        class_spec("accuracy"),
        key="class-accuracies",
        alt="Test accuracy by class, with intervals",
    )


def show_class_differences(of: Predictions, other: Predictions, sign: Sign) -> None:
    """How far the first is ahead of the other on each class, and what of it is clear."""
    names = DATASETS[of.recipe.dataset].class_names
    comparisons = dict(zip(names, compare_classes(of, other), strict=True))
    st.markdown(
        f"**{plain(of.recipe.label)} against {plain(other.recipe.label)}, by class**: diamond the difference of the"
        f" means, line its interval, corrected for {len(names)} classes"
    )
    rows = [
        {"label": label, "place": place, "row": 0, "kind": "mean", "color": sign.color, "recipe": of.recipe.label}
        | {"value": 100 * one.difference, "low": _points(one.low), "high": _points(one.high)}
        for place, (label, one) in enumerate(comparisons.items())
    ]
    st.vega_lite_chart(
        tabulate_classes(rows),
        class_spec("difference"),
        key="class-differences",
        alt="Differences by class, with intervals",
    )
    st.caption(format_verdicts(comparisons))


def format_verdicts(comparisons: dict[str, Comparison]) -> str:
    """On which classes the first is clearly ahead, on which behind, and how many are open."""
    parts = []
    for verdict, words in ((BETTER, "Clearly ahead on"), (WORSE, "Clearly behind on")):
        found = [
            f"{label} {format_points(one.difference)} ({format_interval(one)})"
            for label, one in comparisons.items()
            if one.verdict == verdict
        ]
        parts += [f"{words} {', '.join(found)}."] if found else []
    unclear = [label for label, one in comparisons.items() if one.verdict == UNCLEAR]
    if len(unclear) == len(comparisons):
        return "No class is clear yet."
    return " ".join([*parts, f"Not clear yet: {', '.join(unclear)}." if unclear else ""]).strip()


def tabulate_classes(rows: list[dict[str, object]]) -> pd.DataFrame:
    """The rows as a table whose numbers are numbers also where there is no interval."""
    return pd.DataFrame(rows, columns=COLUMNS).astype({name: float for name in COLUMNS if name not in TEXTS})


def _points(share: float | None) -> float | None:
    return None if share is None else 100 * share
