"""Who is visiting: a browser, known by the cookie that the server gave it."""

import re
import secrets

import streamlit as st

COOKIE = "tricks_visitor"


def make_name() -> str:
    """A new name that nobody can guess."""
    return secrets.token_urlsafe(16)


def name_visitor() -> str:
    """The browser's name; without a cookie of ours it lasts as long as the session."""
    session = st.session_state.setdefault("visitor", make_name())
    cookie = st.context.cookies.get(COOKIE)
    return cookie if isinstance(cookie, str) and re.fullmatch(r"[\w-]{22}", cookie) else session
