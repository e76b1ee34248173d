"""The confusion matrix: what is taken for what; a click on a cell chooses its images."""

import numpy as np
import pandas as pd
import streamlit as st

from tricks.analysis.predictions import Predictions, count_confusions
from tricks.catalogue.datasets import DATASETS
from tricks.charts.predictions import CELL, WRONG, confusion_spec
from tricks.charts.theme import ACCENT
from tricks.pages.inside.selection import ANY
from tricks.pages.shared.choices import choose

STRONGEST = {True: 0.25, False: 0.55}  # How opaque a cell may be, right or wrong, so that its figure can be read.


def show_matrix(of: Predictions, label: int | None, said: int | None) -> None:
    """What is taken for what over all seeds, in shares or counts; the cell that is looked at has an edge."""
    heading = st.container()
    cells = choose("Cells show", "cells", ["shares", "counts"], label_visibility="collapsed")
    figures = "percent of a class's images" if cells == "shares" else "images"
    seeds = f"over {len(of.seeds)} seeds" if len(of.seeds) > 1 else "of one seed"
    heading.markdown(f"**What is taken for what**: {figures}, {seeds}; click a cell for its images")
    st.vega_lite_chart(
        tabulate_cells(of, cells, label, said),
        confusion_spec(),
        key="matrix",
        on_select=take_click,
        alt="Confusion matrix: for each class, what its images are taken for; the boxes below choose a cell too",
    )


def take_click() -> None:
    """Looks at the cell that was clicked; or, when the choice was taken back, at all again."""
    cells = st.session_state.matrix.selection.get(CELL) or [{}]
    for name in ("label", "said"):
        st.session_state[name] = cells[0].get(name, ANY)


def tabulate_cells(of: Predictions, cells: str, label: int | None, said: int | None) -> pd.DataFrame:
    """A row for each cell."""
    names, counts = DATASETS[of.recipe.dataset].class_names, count_confusions(of)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    wrong = shares[~np.eye(of.count, dtype=bool)].max()
    rows = []
    for row, column in np.ndindex(counts.shape):
        share, is_right = float(shares[row, column]), row == column
        reach = 1.0 if is_right else max(float(wrong), 1e-9)
        rows.append(
            {
                "label": names[row],
                "said": names[column],
                "place": row,
                "figure": format_share(share) if cells == "shares" else f"{counts[row, column]:,}",
                "images": int(counts[row, column]),
                "share": share,
                "color": ACCENT if is_right else WRONG,
                "strength": STRONGEST[bool(is_right)] * share / reach,
                "edge": 2.0 if (row, column) == (label, said) else 0.0,
            }
        )
    return pd.DataFrame(rows)


def format_share(share: float) -> str:
    """A share in percent, with a decimal where it is small."""
    percent = 100 * share
    return "0" if percent == 0 else f"{percent:.1f}" if percent < 9.95 else f"{percent:.0f}"
