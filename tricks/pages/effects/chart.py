"""What the views of Effects share: their choices, their chart, and links to the first page."""

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tricks.analysis.effects import Change, Effect
from tricks.charts.drawing import draw_legend
from tricks.charts.effects import VERDICT_COLORS, effects_spec
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import TRICKS, Recipe, write_link
from tricks.stats.comparison import Comparison
from tricks.stats.wording import format_figures, format_sides

REACHES = (1, 2, 3, 5, 8, 12, 20, 30, 50, 100)  # In points: where an axis may end, so that it seldom moves.


def choose(
    label: str,
    key: str,
    options: Sequence[str],
    say: Callable,
    *,
    widget: Callable = st.segmented_control,
    notices: DeltaGenerator | None = None,
    always: bool = False,
) -> str:
    """One of the options, kept in the link, the first one only if `always`.

    What the link asks for in vain is said in `notices`, or else here.
    """
    session, linked = st.session_state, st.query_params.get(key)
    if key not in session:
        session[key] = linked if linked in options else options[0]
        if linked and linked not in options:
            (notices or st).warning(plain(f"The link asks for {key}={linked}, which does not exist: it is ignored."))
    if session[key] not in options:
        session[key] = options[0]
    extra = {"required": True} if widget is st.segmented_control else {}
    chosen = widget(label, list(options), key=key, format_func=say, **extra)
    if chosen != options[0] or always:
        st.query_params[key] = chosen
    else:
        st.query_params.pop(key, None)
    return chosen


def choose_tricks(changes: Sequence[Change]) -> list[str]:
    """The tricks that the visitor asks about, kept in the link; all, unless some are chosen."""
    names = [change.trick.name for change in changes]
    if "tricks" not in st.session_state:
        st.session_state.tricks = st.query_params.get("tricks", "").split(",")
    st.session_state.tricks = [name for name in st.session_state.tricks if name in names]
    title = {name: TRICKS[name].title for name in names}
    chosen = st.multiselect("Tricks", names, key="tricks", format_func=title.get, placeholder="All tricks")
    if chosen:
        st.query_params["tricks"] = ",".join(chosen)
    else:
        st.query_params.pop("tricks", None)
    return chosen or names


def show_chart(effects: Sequence[Effect], alt: str, comparisons: int) -> None:
    """The effects that are measured, with the legend of the verdicts; corrected when they are several comparisons."""
    rows = [row for place, effect in enumerate(effects) for row in chart_rows(effect, place, comparisons > 1)]
    if not rows:
        st.info(
            "None of these differences has been measured yet: the button below asks for them.",
            icon=":material/explore:",
        )
        return
    st.html(draw_legend(VERDICT_COLORS))
    table = pd.DataFrame(rows, columns=["label", "place", "verdict", "kind", "points", "low", "high", "figures"])
    table = table.astype({name: float for name in ("points", "low", "high")})
    st.vega_lite_chart(table, effects_spec(*choose_reach(effects, comparisons > 1)), key="effects", alt=alt)
    st.caption(
        "Diamond: the difference of the means on its interval. Dots: the single seeds, against the other's mean."
        f" {format_coverage(comparisons)}"
    )
    st.space(16)  # For the toolbar of the table below, which on a phone covers what is above it.


def pair_with_single(effects: Iterable[Effect]) -> list[tuple[str, Comparison, Comparison]]:
    """Each effect's label, and its comparison by itself beside the one that is corrected for their number."""
    return [(effect.change.label, effect.single, effect.corrected) for effect in effects]


def format_coverage(comparisons: int) -> str:
    """What the intervals hold for: all of them together, or each alone."""
    if comparisons > 1:
        return f"The {comparisons} intervals of this view hold together: in 95% of all cases none misses the truth."
    return "Each interval holds by itself, in 95% of all cases: of twenty, one may well miss the truth."


def choose_reach(effects: Sequence[Effect], corrected: bool) -> tuple[float, float]:
    """Where the chart's axis ends, in points; a diverged run, which is far off, does not stretch it."""
    values = [100 * value for effect in effects if not effect.diverged for value in effect.differences]
    for effect in effects:
        comparison = effect.judged(corrected)
        if comparison.low is not None and not effect.diverged:
            values += [100 * comparison.low, 100 * comparison.high]
    low, high = min(values, default=0), max(values, default=0)
    return -_reach(-low), _reach(high)


def _reach(points: float) -> float:
    return next((reach for reach in REACHES if points <= reach), REACHES[-1])


def chart_rows(effect: Effect, place: int, corrected: bool) -> list[dict]:
    """The rows of one effect in the chart: its seeds, and the difference of the means once there is an interval."""
    comparison = effect.judged(corrected)
    shared = {
        "label": f"{effect.change.label}|{format_sides(comparison.seeds)}",
        "place": place,
        "verdict": comparison.verdict,
        "figures": format_figures(comparison),
    }
    rows = [{**shared, "kind": "seed", "points": 100 * value} for value in effect.differences]
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
