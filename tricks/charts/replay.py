"""Runs that play their curves again: the whole charts, and a style by which the browser uncovers them from the left."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tricks.charts.colors import Sign
from tricks.charts.curves import HIGHEST_LOSS, list_epochs, smooth, thin
from tricks.charts.theme import DOTTED, HEIGHT, PERCENT, only_rows, to_spec
from tricks.store.record import Record

SECONDS = 10
MEASURES = {"loss": "training loss", "accuracy": "test accuracy"}
FINE = 300  # Points of a curve.
COLUMNS = ["progress", "value", "series", "label", "color"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Replayed:
    """A run that is played, with its sign and what its axis counts: its epochs, or 1 for the whole of it."""

    record: Record
    sign: Sign
    label: str
    end: float

    @property
    def scale(self) -> float:
        """How far an epoch takes it on the axis."""
        return self.end / self.record.run.recipe.epochs


@cache
def replay_spec(measure: str, end: float) -> dict[str, Any]:
    """Training loss or test accuracy from the beginning to `end`, a line for each run, dotted on training images.

    Rows: progress, value, series (test or training), label, color.
    """
    title, ticks = ("share of the training", alt.Axis(format="%")) if end == 1 else ("epoch", alt.Axis(tickMinStep=1))
    x = alt.X("progress:Q", title=title, scale=alt.Scale(domain=[0, end], nice=False), axis=ticks)
    axis = alt.Axis(format=PERCENT) if measure == "accuracy" else alt.Axis()
    y = alt.Y("value:Q", title=MEASURES[measure], scale=alt.Scale(zero=False), axis=axis)
    own = {"x": x, "y": y, "color": alt.Color("color:N", scale=None, legend=None), "detail": "label:N"}
    lines = [
        only_rows("series", "training").mark_line(strokeWidth=1.5, strokeDash=DOTTED).encode(**own),
        only_rows("series", "test").mark_line(strokeWidth=2.5).encode(**own),
    ]
    return to_spec(alt.layer(*lines).properties(height=HEIGHT))


def replay_table(runs: Sequence[Replayed], measure: str) -> pd.DataFrame:
    """The curves of the runs: the smoothed loss of the steps, or the accuracies after the epochs."""
    tables = [_list_losses(one) if measure == "loss" else _list_accuracies(one) for one in runs]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def draw_replay(runs: Sequence[Replayed], place: str, turn: int) -> str:
    """The style that uncovers the charts in the container of this key, and a line that says what each run has reached.

    `turn` changes with every press, so that it begins anew; 0 is before the first, when all is to be seen.
    """
    begin = max(one.scale / one.end for one in runs)  # Accuracies begin after an epoch.
    name = f"uncover-{turn}" if turn else "none"
    covered = "clip-path: inset(-9px 100% -9px -9px)"
    lines = [
        f"@keyframes uncover-{turn} {{from {{{covered}}} to {{clip-path: inset(-9px)}}}}",
        _cover(f".st-key-{place}-loss", name, 0, SECONDS),
        _cover(f".st-key-{place}-accuracy", name, begin * SECONDS, (1 - begin) * SECONDS),
    ]
    words = []
    for number, one in enumerate(runs):
        said = f"say-{turn}-{number}"
        lines.append(f"@keyframes {said} {{{' '.join(_say(one))}}}")
        lines.append(f".{said}::after {{content:''; animation:{said} {SECONDS if turn else 0}s step-end both}}")
        words.append(
            f"<div aria-hidden='true'><span style='color:{one.sign.color}'>{one.sign.glyph}</span>"
            f" {escape(one.label)}: <strong class='{said}'></strong></div>"
        )
    return f"<style>{' '.join(lines)}</style>{''.join(words)}"


def _cover(place: str, name: str, delay: float, seconds: float) -> str:
    return f"{place} .mark-line path {{animation:{name} {seconds:g}s linear {delay:g}s backwards}}"


def _say(one: Replayed) -> list[str]:
    """What stands there from which percent on."""
    frames = ["0% {content:'the first epoch'}"]
    for epoch in list_epochs(one.record):
        words = f"epoch {epoch.epoch} of {one.record.run.recipe.epochs}, {epoch.test_accuracy:.1%} right"
        frames.append(f"{100 * epoch.epoch * one.scale / one.end:g}% {{content:'{words}'}}")
    return frames


def _list_losses(one: Replayed) -> pd.DataFrame:
    losses = np.clip(one.record.losses, None, HIGHEST_LOSS)
    values = smooth(losses, one.record.run.steps)
    places = thin(values, FINE)
    progress = (places + 1) / one.record.run.steps_per_epoch * one.scale
    return pd.DataFrame({"progress": progress, "value": values[places], "series": "test"}).assign(**_own(one))


def _list_accuracies(one: Replayed) -> pd.DataFrame:
    epochs = list_epochs(one.record)
    progress = [epoch.epoch * one.scale for epoch in epochs]
    tables = [
        pd.DataFrame({"progress": progress, "value": values, "series": series})
        for series, values in {
            "test": [epoch.test_accuracy for epoch in epochs],
            "training": [epoch.train_accuracy for epoch in epochs],
        }.items()
    ]
    return pd.concat(tables, ignore_index=True).assign(**_own(one))


def _own(one: Replayed) -> dict[str, str]:
    return {"label": one.label, "color": one.sign.color}
