"""What the views of Effects share: their choices, their chart, and links to the first page."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from tricks.drawing import draw_legend
from tricks.effect_charts import VERDICT_COLORS, effects_spec
from tricks.effects import Change, Effect, say_figures
from tricks.recipe import TRICKS, Recipe, write_link

SEEDS = (4, 6, 10)


def choose(label: str, key: str, options: list, say: Callable) -> str:
    """One of a few options, kept in the link."""
    return st.segmented_control(
        label, options, key=key, default=options[0], required=True, format_func=say, bind="query-params"
    )


def choose_tricks(changes: Sequence[Change]) -> list[str]:
    """The tricks that the visitor asks about; all, unless some are chosen."""
    names = [change.trick.name for change in changes]
    title = {name: TRICKS[name].title for name in names}
    chosen = st.multiselect("Tricks", names, key="tricks", format_func=title.get, placeholder="All tricks")
    return chosen or names


def choose_seeds() -> int:
    """How many seeds each recipe should have."""
    return choose("Seeds each", "seeds", list(SEEDS), str)


def show_chart(effects: Sequence[Effect], alt: str) -> None:
    """The effects that are measured, with the legend of the verdicts."""
    rows = [row for place, effect in enumerate(effects) for row in chart_rows(effect, place)]
    if not rows:
        st.info("None of this has been measured yet: the button below asks for it.", icon=":material/explore:")
        return
    st.html(draw_legend(VERDICT_COLORS))
    table = pd.DataFrame(rows, columns=["label", "place", "verdict", "kind", "points", "low", "high", "figures"])
    st.vega_lite_chart(
        table.astype({name: float for name in ("points", "low", "high")}), effects_spec(), key="effects", alt=alt
    )
    st.caption("Diamond: the mean on its 95% interval, from four pairs on. Dots: the pairs, one a seed.")


def chart_rows(effect: Effect, place: int) -> list[dict]:
    """The rows of one effect in the chart: its pairs, and its mean once there is an interval."""
    comparison = effect.comparison
    shared = {
        "label": f"{effect.change.label}|N = {comparison.pairs}",
        "place": place,
        "verdict": comparison.verdict,
        "figures": say_figures(comparison, effect.differences),
    }
    rows = [{**shared, "kind": "pair", "points": 100 * value} for value in effect.differences.values()]
    if comparison.low is not None:
        points = {"points": comparison.difference, "low": comparison.low, "high": comparison.high}
        rows.append({**shared, "kind": "mean", **{name: 100 * value for name, value in points.items()}})
    return rows


def link_to(recipe: Recipe) -> str:
    """The first page with this recipe."""
    return f"/?{urlencode(write_link(recipe))}"


def link_column():
    """A column of links to the first page."""
    return st.column_config.LinkColumn(display_text="open", width="small")
