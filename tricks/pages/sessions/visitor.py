"""Who is visiting, and whether they may train: a browser, known by the cookie that the server gave it."""

import hashlib
import ipaddress
import re
import secrets

import streamlit as st
from streamlit.errors import Error as StreamlitError

from tricks.lab import open_lab

COOKIE = "tricks_visitor"


def make_name() -> str:
    """A new name that nobody can guess."""
    return secrets.token_urlsafe(16)


def bake_cookie(name: str, https: bool) -> str:
    """The cookie that carries a visitor's name for a year.

    Over HTTPS it is also sent from within another site's frame, as on hosted Spaces, where each such site has its own.
    """
    travels = "SameSite=None; Secure; Partitioned" if https else "SameSite=Lax"
    return f"{COOKIE}={name}; Path=/; Max-Age=31536000; HttpOnly; {travels}"


def name_visitor() -> str:
    """The visitor's name: who is signed in is the same in every browser, else it is the browser's.

    Without a cookie of ours it lasts as long as the session.
    """
    if is_signed_in():
        identity = f"{st.user.get('iss')} {st.user.get('sub') or st.user.get('email')}"
        return "user-" + hashlib.sha256(identity.encode()).hexdigest()[:32]
    session = st.session_state.setdefault("visitor", make_name())
    cookie = st.context.cookies.get(COOKIE)
    name = cookie if isinstance(cookie, str) and re.fullmatch(r"[\w-]{22}", cookie) else session
    if address := st.context.ip_address:  # A visitor on the host itself has none.
        open_lab().scheduler.note_address(name, find_network(address))
    return name


def name_address() -> str:
    """Where the visitor's pages come from: their address; on the host itself, their browser."""
    if address := st.context.ip_address:
        return find_network(address)
    cookie = st.context.cookies.get(COOKIE)
    return cookie if isinstance(cookie, str) else ""


def find_network(address: str) -> str:
    """What one household or school has: an address of the older kind, of the newer one a network of very many."""
    try:
        return str(ipaddress.ip_network(f"{address}/64" if ":" in address else address, strict=False))
    except ValueError:
        return address


def is_signed_in() -> bool:
    """Whether the visitor has signed in, where the host has set Streamlit's sign-in up."""
    return bool(st.user.get("is_logged_in", False))


def may_train(training: str) -> bool:
    """Whether the host lets this visitor train."""
    return training == "open" or (training == "signed-in" and is_signed_in())


def show_permission(key: str = "sign-in") -> bool:
    """Whether the visitor may train; if not, why, and how they may. `key` tells several places of a page apart."""
    training = open_lab().settings.training
    if may_train(training):
        return True
    if training == "off":
        st.caption("Training is off on this host: look and compare, or run the lab on your own machine.")
        return False
    st.button("Sign in to train", key=key, icon=":material/login:", on_click=sign_in)
    if trouble := st.session_state.get("sign-in-trouble"):
        st.warning(trouble)
    return False


def sign_in() -> None:
    """Sends the visitor to the host's identity provider."""
    try:
        st.login()
    except StreamlitError:
        st.session_state["sign-in-trouble"] = (
            "Signing in is not set up on this host yet: its operator finds how in docs/hosting.md."
        )
