"""What browsers may say to the server: Streamlit takes more from everybody than any page of the lab sends.

Its words for developers would empty the caches of all visitors or install things; what is no message at all would be
told of in the log, with 36 lines each. And one browser says no more than its pages do, which is little.
"""

import asyncio
import time

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

PAGES_SEND = ("rerun_script", "stop_script", "app_heartbeat")
PAGES_REQUEST = ("dataframe_chunk", "deferred_file")  # Of tables, and of downloads.
MESSAGE_SECONDS = 0.1  # Between two messages of a websocket, however many come;
BURST_SECONDS = 3.0  # but for those of so long, as after a page was hidden.
NO_MESSAGE = 1003  # How a websocket is closed that brings something else.


class Inbox:
    """Passes on what pages send; other messages are left out, and what is none ends the websocket."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Passes the connection on, of a websocket only what pages send."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        closed, due = False, 0.0

        async def send_while_open(message):
            if not closed:
                await send(message)

        async def receive_messages():
            nonlocal closed, due
            while True:
                event = await receive()
                due = max(due, time.monotonic() - BURST_SECONDS) + MESSAGE_SECONDS
                await asyncio.sleep(due - time.monotonic())
                if event["type"] != "websocket.receive" or is_from_a_page(message := read_message(event)):
                    return event
                if message is None:
                    closed = True
                    await send({"type": "websocket.close", "code": NO_MESSAGE})
                    return {"type": "websocket.disconnect", "code": NO_MESSAGE}

        await self.app(scope, receive_messages, send_while_open)


def read_message(event: dict) -> BackMsg | None:
    """The message that the websocket has brought, None for anything else."""
    try:
        return BackMsg.FromString(event.get("bytes") or b"") if event.get("text") is None else None
    except DecodeError:
        return None


def is_from_a_page(message: BackMsg | None) -> bool:
    """Whether a page of the lab sends such messages."""
    if message is None:
        return False
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in PAGES_REQUEST
    return kind in PAGES_SEND
