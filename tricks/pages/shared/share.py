"""A page for others: its address to be copied, or read by a phone's camera, and large type for a room."""

from functools import lru_cache
from html import escape
from urllib.parse import urlencode

import segno
import streamlit as st

from tricks.pages.shared.lecture import NAME as LECTURE
from tricks.pages.shared.lecture import is_lecture, offer_lecture

MOST_QR_CHARACTERS = 1200  # A longer address makes squares that no camera tells apart across a room.
SCALE = 4  # Pixels a square.


def show_share(query: dict[str, list[str]] | dict[str, str]) -> None:
    """A button that opens the address of this page with this query, as text and as a QR code, and lecture mode."""
    with st.popover("Share", icon=":material/share:", type="tertiary"):
        address = format_address({**query, **({LECTURE: "true"} if is_lecture() else {})})
        st.code(address, language=None, wrap_lines=True)
        if address and len(address) <= MOST_QR_CHARACTERS:
            st.html(draw_qr(address))
        offer_lecture()


def format_address(query: dict[str, list[str]] | dict[str, str]) -> str:
    """The whole address that opens this page with the query."""
    words = urlencode(query, doseq=True)
    return f"{st.context.url or ''}?{words}" if words else str(st.context.url or "")


@lru_cache(maxsize=100)  # Of a long address it takes longer than all else on a page that is shown anew.
def draw_qr(address: str) -> str:
    """The address as a QR code; black on white by night too, as cameras expect it."""
    code = segno.make(address, micro=False, error="l").svg_data_uri(scale=SCALE, dark="black", light="white")
    return f"<img alt='QR code of this link' src='{escape(code)}'>"
