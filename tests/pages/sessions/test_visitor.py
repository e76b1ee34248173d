"""A visitor's name: a cookie that works wherever the lab is shown."""

import asyncio

import pytest

from streamlit_app import NameVisitor
from tricks.pages.sessions.visitor import COOKIE


async def answer(scope, receive, send):
    """An app that answers everything with a page."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b""})


def visit(scheme: str = "http", **headers: str) -> str:
    """The cookie that a visitor is given who comes so; nothing for one who has it."""
    sent = []

    async def send(message):
        sent.append(message)

    fields = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "http", "scheme": scheme, "path": "/", "headers": fields, "server": ("lab", 80)}
    asyncio.run(NameVisitor(answer)(scope, None, send))
    return dict(sent[0]["headers"]).get(b"set-cookie", b"").decode()


@pytest.mark.parametrize(
    "way", [{"scheme": "https"}, {"x_forwarded_proto": "https"}, {"x_forwarded_proto": "https,http"}]
)
def test_over_https_the_name_also_holds_in_a_frame(way):
    """Over HTTPS, also before a proxy, the cookie is sent from within another site's frame, and only encrypted."""
    assert visit(**way).endswith("; HttpOnly; SameSite=None; Secure; Partitioned")


def test_over_http_the_name_stays_at_home():
    """Without HTTPS, where browsers take no such cookie, it is the site's own."""
    assert visit().endswith("; HttpOnly; SameSite=Lax")


def test_who_has_a_name_keeps_it():
    """A browser that brings its name is given no other."""
    assert "" == visit(scheme="https", cookie=f"{COOKIE}=abc")
