"""A choice between a few options that the link carries, and that stays from page to page."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from tricks.pages.shared.text import plain


def choose(label: str, key: str, options: Sequence[str], **look: Any) -> str:
    """One of the options: the visitor's, at first the link's, or else the first one, which the link need not name.

    `look` is what else `st.segmented_control` is told; `key` is the widget's and the link's.
    """
    usual = options[0]
    if key not in st.session_state:
        linked = st.query_params.get(key, usual)
        st.session_state[key] = linked if linked in options else usual
        if linked not in options:
            st.toast(
                plain(f"The link asks for {key}={linked}, which does not exist: it is ignored."),
                icon=":material/warning:",
            )
    before = st.session_state[key]
    chosen = st.segmented_control(label, options, key=key, required=True, persist_state="session", **look)
    chosen = chosen or before or usual  # Nothing, for a moment, when the visitor comes from another page.
    if chosen == usual:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen
