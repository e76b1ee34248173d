"""Simulated visitors, in a process of their own: each speaks Streamlit's protocol over a websocket, as a browser does.

A visitor opens the page and then asks for the live part again whenever its timer fires, at the interval that the
server tells. What comes back is read and counted, not drawn.
"""

import asyncio
import json
import secrets
import sys
import time
from collections import deque
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

KEPT_MESSAGES = 8  # Large ones, whose repetition the server then only names.
PATIENCE_SECONDS = 120
SETTLING_SECONDS = 6  # Until the last who came to a wider interval has heard of it.


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """So many visitors, of whom a new one comes every so often, and who are then watched for some seconds."""

    visitors: int
    ramp_seconds: float
    seconds: float


class Visitor:
    """One session; `updates` are the moments when its timer fired, each with the seconds until it had been served."""

    def __init__(self, query: str):
        self.updates: list[tuple[float, float]] = []
        self.asked: list[float] = []
        self.charts: set[str] = set()
        self.errors = 0
        self.interval = 0.0
        self._query = query
        self._page = ""
        self._fragment = ""
        self._kept: deque[str] = deque(maxlen=KEPT_MESSAGES)
        self._waiting: list[float] = []
        self._served: list[float] = []
        self._timer: asyncio.Task | None = None

    async def visit(self, address: str) -> None:
        """Opens the page and reads until it is cancelled; a connection that breaks is an error."""
        cookie = {"Cookie": f"tricks_visitor={secrets.token_urlsafe(16)}"}
        options = {"max_size": None, "compression": None, "open_timeout": PATIENCE_SECONDS, "ping_interval": None}
        try:
            async with connect(address, subprotocols=["streamlit"], additional_headers=cookie, **options) as socket:
                await self._ask(socket)
                async for content in socket:
                    self._take(ForwardMsg.FromString(content), socket)
            self.errors += 1  # The server has closed the connection.
        except (WebSocketException, OSError):
            self.errors += 1
        finally:
            if self._timer:
                self._timer.cancel()

    async def _ask(self, socket: ClientConnection, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self._query, self._page, fragment
        state.is_auto_rerun = bool(fragment)
        state.cached_message_hashes.extend(self._kept)
        await socket.send(message.SerializeToString())

    async def _tick(self, socket: ClientConnection) -> None:
        """The browser's timer, which fires whether or not the last update has come."""
        due = time.monotonic()
        while True:
            due += self.interval
            await asyncio.sleep(due - time.monotonic())
            now = time.monotonic()
            self.asked.append(now)
            self._waiting.append(now)
            await self._ask(socket, self._fragment)

    def _take(self, message: ForwardMsg, socket: ClientConnection) -> None:
        """Does with a message what a browser does, but for drawing."""
        if message.metadata.cacheable and message.hash not in self._kept:
            self._kept.append(message.hash)
        match message.WhichOneof("type"):
            case "new_session":
                self._page = message.new_session.page_script_hash
                self._served, self._waiting = self._served + self._waiting, []
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "auto_rerun":
                self._fragment, self.interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
                if self._timer:
                    self._timer.cancel()
                self._timer = asyncio.create_task(self._tick(socket))
            case "script_finished":
                self._finish(message.script_finished)
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                kind = message.delta.new_element.WhichOneof("type")
                self.errors += kind == "exception"
                if kind == "vega_lite_chart":
                    self.charts.add(message.hash)

    def _finish(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return  # The run that follows brings what was asked for.
        self.errors += status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
        now = time.monotonic()
        self.updates += [(began, now - began) for began in self._served]
        self._served = []


async def watch(address: str, query: str, crowd: Crowd) -> dict:
    """Lets the visitors come one by one, says on standard output when all are there, and counts from then on."""
    visitors = [Visitor(query) for _ in range(crowd.visitors)]
    tasks = []
    for visitor in visitors:
        tasks.append(asyncio.create_task(visitor.visit(address)))
        await asyncio.sleep(crowd.ramp_seconds / crowd.visitors)
    await asyncio.sleep(SETTLING_SECONDS)
    print("watching", flush=True)
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(crowd.seconds)
    ended, used = time.monotonic(), time.process_time() - used
    await asyncio.sleep(max(visitor.interval for visitor in visitors))  # For the answers that are under way.
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return sum_counts(visitors, began, ended) | {"processor_seconds": used}


def sum_counts(visitors: list[Visitor], began: float, ended: float) -> dict:
    """What the visitors have counted between two moments."""
    latencies = [seconds for one in visitors for at, seconds in one.updates if began <= at < ended]
    return {
        "latencies": sorted(round(seconds, 4) for seconds in latencies),
        "asked": sum(began <= at < ended for one in visitors for at in one.asked),
        "seconds": ended - began,
        "intervals": sorted(one.interval for one in visitors),
        "charts": [len(one.charts) for one in visitors],
        "errors": sum(one.errors for one in visitors),
    }


def main() -> None:
    """Takes the address, the page's query and the crowd from the command line; prints what was counted as JSON."""
    address, query, crowd = sys.argv[1], sys.argv[2], Crowd(**json.loads(sys.argv[3]))
    print(json.dumps(asyncio.run(watch(address, query, crowd))), flush=True)


if __name__ == "__main__":
    main()
