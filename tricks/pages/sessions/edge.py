"""Where the host meets the network: which names it answers to, who may frame it, and what is nobody's business."""

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

LOCAL = ("localhost", "127.0.0.1", "[::1]")  # Health checks, and a proxy on this machine.
METRICS = "/_stcore/metrics"  # Of Streamlit, with the number of sessions: open to everybody by itself.
UPLOADS = "/_stcore/upload_file"
REFUSED, GONE, TOO_LARGE = 421, 404, 413
BAD_NAME = 1008  # How a websocket is closed that breaks a rule.
PROTECTION = {"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": "frame-ancestors 'self'"}


class Edge:
    """Answers requests for the host's name alone, where the settings name it; and nobody's for Streamlit's metrics.

    A page that has its own name point to this machine, as in DNS rebinding, is refused, and no other site can frame the
    lab. Without a name of the host any name and any frame will do.
    """

    def __init__(self, app, name_host: Callable[[], str]):
        self.app, self.name_host = app, name_host

    async def __call__(self, scope, receive, send):
        """Passes the request on, or refuses it with a sentence."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        name, connection = self.name_host(), HTTPConnection(scope)
        if name and strip_port(connection.headers.get("host", "")) not in (name, *LOCAL):
            await refuse(scope, receive, send, REFUSED, f"This host answers to {name} alone.")
        elif scope["path"].endswith(METRICS):
            await refuse(scope, receive, send, GONE, "Metrics are kept from the network.")
        elif UPLOADS in scope["path"]:
            await refuse(scope, receive, send, TOO_LARGE, "No page takes files.")  # Nothing of which is read.
        elif name and scope["type"] == "http":
            await self.app(scope, receive, protect(send))
        else:
            await self.app(scope, receive, send)


def strip_port(host: str) -> str:
    """The name that a browser asks for, without the port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()


async def refuse(scope, receive, send, status: int, sentence: str) -> None:
    """Ends the request with a sentence; a websocket is closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": BAD_NAME})
    else:
        await PlainTextResponse(sentence, status)(scope, receive, send)


def protect(send):
    """Sends answers that no other site can frame."""

    async def send_protected(message):
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(PROTECTION)
        await send(message)

    return send_protected
