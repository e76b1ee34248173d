"""The lab: `streamlit run streamlit_app.py`.

The file is both the server, which gives every browser its name and opens the lab, and the script that Streamlit runs
for every visit.
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection

from tricks.lab import close_lab, open_lab
from tricks.pages import blog, host
from tricks.pages.compare import page as compare
from tricks.pages.effects import page as effects
from tricks.pages.sessions.page_lock import give_way_to, take_turn
from tricks.pages.sessions.visitor import COOKIE, make_name
from tricks.pages.train import page as train


class NameVisitor:
    """Gives a browser that comes without one an unguessable name: a reload stays the same visitor, a link does not."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Passes the request on; an answer that is a page carries the cookie."""
        if scope["type"] != "http" or COOKIE in HTTPConnection(scope).cookies:
            await self.app(scope, receive, send)
            return
        cookie = f"{COOKIE}={make_name()}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"

        async def send_with_cookie(message):
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


@asynccontextmanager
async def lifespan(app):
    """Opens the lab with the server, and ends its workers with it; wrong settings end the server with a sentence."""
    give_way_to(asyncio.get_running_loop())
    try:
        open_lab().read_all()
    except ValueError as error:
        print(f"The lab cannot start: {error}", file=sys.stderr, flush=True)
        os._exit(2)  # An exception would be shown with its traceback.
    yield {}
    close_lab()


def show() -> None:
    """What a visitor sees."""
    st.set_page_config(page_title="Training tricks, tested", page_icon=":material/science:", layout="wide")
    pages = [
        st.Page(train.show, title="Train", icon=":material/play_circle:", url_path="train", default=True),
        st.Page(compare.show, title="Compare", icon=":material/bar_chart:", url_path="compare"),
        st.Page(effects.show, title="Effects", icon=":material/bolt:", url_path="effects"),
        st.Page(blog.show, title="The blog", icon=":material/article:", url_path="blog"),
        st.Page(host.show, title="Host", icon=":material/dns:", url_path="host"),
    ]
    page = st.navigation(pages, position="top")
    with take_turn():
        page.run()


if __name__ == "__main__":
    show()
else:
    app = st.App(__file__, lifespan=lifespan, middleware=[Middleware(NameVisitor)])
