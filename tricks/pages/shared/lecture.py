"""Lecture mode: large type for the last row, and on the first page only what one trains and watches."""

import streamlit as st

from tricks.pages.shared.choices import recall, remember

NAME = "lecture"  # In the link, too.
LECTURE_STYLE = """
[data-testid="stMainBlockContainer"] {zoom: 1.3; padding-block: 3.5rem 1rem !important;}
[data-testid="stSidebarUserContent"] {zoom: 1.1;}
[data-testid="stVegaLiteChart"] {zoom: calc(1 / 1.3);}  /* These have larger type of their own. */
"""


def is_lecture() -> bool:
    """Whether it is on: what the visitor chose, at first what the link says."""
    if NAME not in st.session_state:
        st.session_state[NAME] = st.query_params.get(NAME) == "true" or recall(NAME, False)
    remember(NAME, bool(st.session_state[NAME]))
    return recall(NAME, False)


def offer_lecture() -> None:
    """The toggle; the link remembers it."""
    is_lecture()
    st.toggle(
        "Lecture mode",
        key=NAME,
        persist_state="session",
        help="Large type, and the charts beside the toggles. The link keeps it.",
    )
    if is_lecture():
        st.query_params[NAME] = "true"
    else:
        st.query_params.pop(NAME, None)
