"""A visitor who speaks Streamlit's protocol over a websocket, as a browser does, and presses buttons."""

import asyncio
import secrets
import time
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tricks.recipe.link import write_link
from tricks.recipe.recipe import Recipe

PATIENCE_SECONDS = 300


def write_query(recipe: Recipe) -> str:
    """The recipe as a link has it."""
    return "&".join(f"{name}={value}" for name, value in write_link(recipe).items())


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button as the page shows it, by the names that Streamlit gives it and its part of the page."""

    name: str
    label: str
    disabled: bool
    fragment: str


class Session:
    """One open page; `buttons` and `texts` are what it shows, `changed` is set whenever anything comes."""

    def __init__(self, address: str, query: str, cookie: str = ""):
        self.cookie = cookie or secrets.token_urlsafe(16)
        self.buttons: dict[tuple[int, ...], Button] = {}
        self.texts: dict[tuple[int, ...], str] = {}
        self.errors: list[str] = []
        self._address, self.query = address.replace("http", "ws", 1) + "/_stcore/stream", query
        self._page = self._fragment = ""
        self._interval = 0.0
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task] = []

    async def __aenter__(self) -> "Session":
        headers = {"Cookie": f"tricks_visitor={self.cookie}"}
        options = {"max_size": None, "open_timeout": PATIENCE_SECONDS, "ping_interval": None, "compression": None}
        self._socket = await connect(self._address, subprotocols=["streamlit"], additional_headers=headers, **options)
        await self._ask()
        self._tasks = [asyncio.create_task(task()) for task in (self._read, self._tick)]
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()

    async def press(self, *starts: str) -> None:
        """Presses the button whose label begins with one of these, once it is there and can be pressed."""
        await self.wait_for(lambda: self.can_press(*starts))
        button = self._find(starts)
        await self._ask(button.fragment, button.name)

    def can_press(self, *starts: str) -> bool:
        """Whether there is such a button, and it can be pressed."""
        return self._find(starts) is not None

    async def wait_for(self, is_so, seconds: float = PATIENCE_SECONDS) -> float:
        """Waits until that is so, looked at after each message; returns the seconds it took (TimeoutError)."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()
        return time.monotonic() - began

    def shows(self, words: str) -> bool:
        """Whether any button or text of the page has these words."""
        return any(words in text for text in (*self.texts.values(), *(one.label for one in self.buttons.values())))

    def _find(self, starts: tuple[str, ...]) -> Button | None:
        found = (one for one in self.buttons.values() if one.label.startswith(starts) and not one.disabled)
        return next(found, None)

    async def _ask(self, fragment: str = "", pressed: str = "", by_timer: bool = False) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self.query, self._page, fragment
        state.is_auto_rerun = by_timer
        if pressed:
            widget = state.widget_states.widgets.add()
            widget.id, widget.trigger_value = pressed, True
        await self._socket.send(message.SerializeToString())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._interval or 0.1)
            if self._fragment:
                await self._ask(self._fragment, by_timer=True)

    async def _read(self) -> None:
        async for content in self._socket:
            self._take(ForwardMsg.FromString(content))
            self._changed.set()

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._page = message.new_session.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "auto_rerun":
                self._fragment, self._interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                self._show(message)

    def _show(self, message: ForwardMsg) -> None:
        element, place = message.delta.new_element, tuple(message.metadata.delta_path)
        kind = element.WhichOneof("type")
        if kind == "button":
            button = element.button
            facts = {"label": button.label, "disabled": button.disabled, "fragment": message.delta.fragment_id}
            self.buttons[place] = Button(name=button.id, **facts)
        elif kind == "exception":
            self.errors.append(element.exception.message)
        elif kind in ("markdown", "alert"):
            self.texts[place] = getattr(element, kind).body
        elif kind == "metric":
            self.texts[place] = f"{element.metric.label}: {element.metric.body}"
