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
    known = st.session_state.get(key)
    if known is None:  # At first, and when the visitor comes from another page.
        linked = st.query_params.get(key, recall(key, usual))
        st.session_state[key] = linked if linked in options else usual
        if linked not in options and key in st.query_params:
            st.toast(
                plain(f"The link asks for {key}={linked}, which does not exist: it is ignored."),
                icon=":material/warning:",
            )
    elif known not in options:  # They depend on another choice, which has changed.
        st.session_state[key] = usual
    if widget is st.segmented_control:
        look["required"] = True
    before = st.session_state[key]
    chosen = widget(label, options, key=key, persist_state="session", **look)
    chosen = chosen or before or usual  # Nothing, for a moment, when the visitor comes from another page.
    remember(key, chosen)
    if chosen == usual:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen


def remember(key: str, value: Any) -> None:
    """Notes what the widget with this key says: what it was given by a link is gone with its page, not so a click."""
    st.session_state[f"remembered-{key}"] = value


def recall(key: str, usual: Any) -> Any:
    """What the widget with this key said on the page before; at first `usual`."""
    return st.session_state.get(f"remembered-{key}", usual)


def keep_open(key: str) -> None:
    """Lets the expander with this key stay as it is when its title changes, which else makes it another, closed one."""
    if key in st.session_state:
        st.session_state[key] = st.session_state[key]
