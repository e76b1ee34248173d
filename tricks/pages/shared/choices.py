"""A choice between a few options that the link carries, and that stays from page to page."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from tricks.pages.shared.text import plain


def choose(
    label: str, key: str, options: Sequence[str], widget: Callable[..., str] = st.segmented_control, **look: Any
) -> str:
    """One of the options: the visitor's, at first the link's, or else the first one, which the link need not name.

    `look` is what else the widget is told; `key` is the widget's and the link's.
    """
    usual = options[0]
    if st.session_state.get(key, usual) not in options:  # They depend on another choice, which has changed.
        st.session_state[key] = usual
    if key not in st.session_state:
        linked = st.query_params.get(key, usual)
        st.session_state[key] = linked if linked in options else usual
        if linked not in options:
            st.toast(
                plain(f"The link asks for {key}={linked}, which does not exist: it is ignored."),
                icon=":material/warning:",
            )
    if widget is st.segmented_control:
        look["required"] = True
    before = st.session_state[key]
    chosen = widget(label, options, key=key, persist_state="session", **look)
    chosen = chosen or before or usual  # Nothing, for a moment, when the visitor comes from another page.
    if chosen == usual:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen


def keep_open(key: str) -> None:
    """Lets the expander with this key stay as it is when its title changes, which else makes it another, closed one."""
    if key in st.session_state:
        st.session_state[key] = st.session_state[key]
