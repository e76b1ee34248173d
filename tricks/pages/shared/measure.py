"""Which accuracy is compared, settled or after the last epoch: one choice for all rows of a page, kept in the link."""

import streamlit as st

from tricks.stats.comparison import MEASURES, SETTLED
from tricks.stats.wording import MEASURE_WORDS

KEY = "measure"  # Of the widget and in the link.


def choose_measure() -> str:
    """The measure that the visitor wishes for; never chosen trick by trick, which would be picking."""
    if KEY not in st.session_state:
        linked = st.query_params.get(KEY)
        st.session_state[KEY] = linked if linked in MEASURES else SETTLED
    chosen = _show_choice() or SETTLED  # Nothing, for a moment, when the visitor comes from another page.
    if chosen == SETTLED:
        st.query_params.pop(KEY, None)
    else:
        st.query_params[KEY] = chosen
    return chosen


def _show_choice() -> str | None:
    return st.segmented_control(
        "Accuracy",
        MEASURES,
        key=KEY,
        required=True,
        persist_state="session",
        format_func=MEASURE_WORDS.get,
        help="Settled is the mean of the last three epochs: it scatters half as much over seeds. Recipes whose learning"
        " rates end differently (another schedule) are compared after the last epoch in any case.",
    )
