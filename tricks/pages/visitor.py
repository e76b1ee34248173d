"""Who is visiting: a browser, known by the cookie that the server gave it."""

import secrets

import streamlit as st

COOKIE = "tricks_visitor"


def name_visitor() -> str:
    """The browser's name; without cookies it lasts as long as the session."""
    session = st.session_state.setdefault("visitor", secrets.token_urlsafe(16))
    return st.context.cookies.get(COOKIE, session)
