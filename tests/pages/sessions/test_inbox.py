"""What browsers may say to the server."""

import asyncio

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.whole.conftest import serve
from tricks.bench.visitors.crowd import Visitor
from tricks.pages.sessions.inbox import Inbox

PAGES = [
    BackMsg(stop_script=True),
    BackMsg(app_heartbeat=True),
    BackMsg(rerun_script={"query_string": "dataset=toy"}),
    BackMsg(backend_operation_request={"deferred_file": {"file_id": "x"}}),
    BackMsg(backend_operation_request={"dataframe_chunk": {"source_id": "x"}}),
]
OTHERS = [
    BackMsg(clear_cache=True),
    BackMsg(set_run_on_save=True),
    BackMsg(load_git_info=True),
    BackMsg(debug_shutdown_runtime=True),
    BackMsg(file_urls_request={"request_id": "x"}),
    BackMsg(backend_operation_request={"install_skills": {}}),
    BackMsg(),
]
NO_MESSAGES = [{"text": "hello"}, {"text": ""}, {"bytes": b"\xff" * 100}]


def pass_on(*events: dict) -> tuple[list[dict], list[dict]]:
    """What reaches the app of a websocket that brings this, and what the app's two answers become."""
    events, reached, sent = [{"type": "websocket.receive", **event} for event in events], [], []
    events.append({"type": "websocket.disconnect"})

    async def app(scope, receive, send):
        while not reached or reached[-1]["type"] != "websocket.disconnect":
            reached.append(await receive())
            await send({"type": "websocket.send", "bytes": b""})

    async def receive():
        return events.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(Inbox(app)({"type": "websocket"}, receive, send))
    return reached, sent


@pytest.mark.parametrize("message", PAGES, ids=lambda message: message.WhichOneof("type"))
def test_what_pages_send_is_passed_on(message):
    """What a browser sends for a page of the lab reaches it as it was."""
    reached, _ = pass_on({"bytes": message.SerializeToString()})

    assert [message.SerializeToString(), None] == [event.get("bytes") for event in reached]


@pytest.mark.parametrize("message", OTHERS, ids=lambda message: message.WhichOneof("type") or "nothing")
def test_what_is_for_developers_is_left_out(message):
    """Nobody empties the others' caches or has anything installed, and what follows is passed on."""
    reached, _ = pass_on({"bytes": message.SerializeToString()}, {"bytes": PAGES[0].SerializeToString()})

    assert [PAGES[0].SerializeToString(), None] == [event.get("bytes") for event in reached]


@pytest.mark.parametrize("event", NO_MESSAGES, ids=["text", "empty", "nonsense"])
def test_what_is_no_message_ends_the_websocket(event):
    """A text or bytes of nonsense close the websocket, on which nothing is sent any more."""
    reached, sent = pass_on(event, {"bytes": PAGES[0].SerializeToString()})

    assert ["websocket.disconnect"] == [event["type"] for event in reached]
    assert ["websocket.close"] == [message["type"] for message in sent]


@pytest.mark.slow
def test_a_real_server_keeps_its_countenance(tmp_path):
    """Nonsense on thirty websockets leaves nothing in the log, and the next visitor sees the page."""
    log = tmp_path / "log"
    with log.open("w") as file, serve(tmp_path / "cache", log=file) as address:
        before = log.read_text()
        stream = f"{address.replace('http', 'ws')}/_stcore/stream"
        asyncio.run(send_nonsense(stream))
        visitor = Visitor("dataset=toy")
        asyncio.run(look(visitor, stream))
        said = log.read_text().removeprefix(before)

    assert ("", 0, True) == (said, visitor.errors, visitor.interval > 0)


async def send_nonsense(stream: str) -> None:
    """Opens websockets, and sends each one thing that no page sends."""
    for content in 10 * ["text", b"\xff" * 100, BackMsg(clear_cache=True).SerializeToString()]:
        async with connect(stream, subprotocols=["streamlit"]) as socket:
            await socket.send(content)
            with pytest.raises((ConnectionClosed, TimeoutError)):
                async with asyncio.timeout(0.5):
                    while True:
                        await socket.recv()


async def look(visitor: Visitor, stream: str) -> None:
    """Lets the visitor look for a while."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(8):
            await visitor.visit(stream)
