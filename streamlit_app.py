"""The lab: `streamlit run streamlit_app.py`.

The file is both the server, which gives every browser its name and opens the lab, and the script that Streamlit runs
for every visit.
"""

import asyncio
import inspect
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection

from tricks.lab import close_lab, open_lab
from tricks.metrics import format_metrics, serve_metrics
from tricks.pages import blog, host
from tricks.pages.compare import page as compare
from tricks.pages.inside import page as inside
from tricks.pages.sessions.edge import Edge
from tricks.pages.sessions.inbox import Inbox
from tricks.pages.sessions.page_lock import give_way_to, take_turn
from tricks.pages.sessions.refresh_rate import PRESENCE
from tricks.pages.sessions.visitor import COOKIE, bake_cookie, make_name
from tricks.pages.shared.lecture import LECTURE_STYLE, is_lecture
from tricks.pages.shared.look import show_look
from tricks.pages.shared.text import PRODUCT, plain
from tricks.pages.train import page as train
from tricks.pages.tricks import page as tricks
from tricks.pages.what_helps import page as what_helps

# Pages have no icons of their own: the browser would fetch them, as the window's, from another host.
ICON = Path(__file__).parent / "tricks" / "pages" / "icon.svg"


class NameVisitor:
    """Gives a browser that comes without one an unguessable name: a reload stays the same visitor, a link does not."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Passes the request on; an answer that is a page carries the cookie."""
        if scope["type"] != "http" or COOKIE in HTTPConnection(scope).cookies:
            await self.app(scope, receive, send)
            return
        cookie = bake_cookie(make_name(), is_https(HTTPConnection(scope)))

        async def send_with_cookie(message):
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def is_https(connection: HTTPConnection) -> bool:
    """Whether the browser speaks HTTPS, with this server or with the proxy before it."""
    scheme = connection.headers.get("x-forwarded-proto", connection.url.scheme)
    return scheme.split(",")[0].strip() == "https"


EDGE = [Middleware(Edge, name_host=lambda: open_lab().settings.host), Middleware(Inbox), Middleware(NameVisitor)]


@asynccontextmanager
async def lifespan(app):
    """Opens the lab with the server, and ends its workers with it; wrong settings end the server with a sentence."""
    give_way_to(asyncio.get_running_loop())
    try:
        open_lab().read_all()
        spare_first_visitor()
        metrics = begin_metrics()
        trouble = open_lab().store.trouble
        refusal = f"{trouble}: give this user the right to, or choose another folder by TRICKS_CACHE" if trouble else ""
    except ValueError as error:
        refusal = str(error)
    if refusal:
        print(f"The lab cannot start: {refusal}", file=sys.stderr, flush=True)
        os._exit(2)  # An exception would be shown with its traceback.
    yield {}
    if metrics:
        metrics.shutdown()
    close_lab()


def spare_first_visitor() -> None:
    """Does once what the first visitor would wait for."""
    inspect.stack()  # Streamlit asks so at its first element, and Python then looks at all modules there are.
    inside.prepare()


def begin_metrics():
    """Serves numbers for Prometheus where the settings ask for it (ValueError for a port in use)."""
    lab = open_lab()
    if not lab.settings.metrics_port:
        return None
    return serve_metrics(lab.settings.metrics_port, lambda: format_metrics(lab, PRESENCE.count))


def show() -> None:
    """What a visitor sees."""
    pages = [
        st.Page(train.show, title="Train", url_path="train", default=True),
        st.Page(what_helps.show, title="What helps?", url_path="what-helps"),
        st.Page(compare.show, title="Compare", url_path="compare"),
        st.Page(tricks.show, title="The tricks", url_path="tricks"),
        st.Page(inside.show, title="Inside", url_path="inside"),
        st.Page(blog.show, title="The blog", url_path="blog"),
        st.Page(host.show, title="Host", url_path="host"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · {PRODUCT}", page_icon=ICON, layout="wide")
    if page != pages[0]:
        st.session_state.pop("link", None)  # The first page writes its own link again when the visitor comes back.
    if banner := open_lab().settings.banner:
        st.info(plain(banner))
    with take_turn():
        page.run()
    sidebar = "Tricks and pages" if page == pages[0] else "Pages"  # On a phone the pages are in the sidebar too.
    show_look(sidebar, LECTURE_STYLE if is_lecture() else "")


if __name__ == "__main__":
    show()
else:
    app = st.App(__file__, lifespan=lifespan, middleware=EDGE)
