"""Two real servers on one cache, and their visitors: one queue, of which nothing is lost when one server is killed."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest
from websockets.exceptions import WebSocketException

from tests.fakes import wait_until
from tests.whole.servers import Server
from tests.whole.sessions import Session, write_query
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import read_queue
from tricks.store.store import Store

pytestmark = pytest.mark.slow

VISITORS = int(os.environ.get("TRICKS_TEST_VISITORS", 6))  # Of each server.
RECIPES = [Recipe(dataset="toy", conv_width=0.25, batch_size=100, epochs=epochs) for epochs in range(4, 12)]
LONG = [replace(RECIPES[0], epochs=epochs) for epochs in range(198, 201)]  # None is over before a page looks again.
ASKED = {Run(recipe=recipe, seed=0) for recipe in RECIPES[:VISITORS]}
SEEN_SECONDS = 2.0
PATIENCE_SECONDS = 600


@pytest.fixture
def servers(tmp_path) -> Iterator[tuple[Server, Server]]:
    """Two servers on one cache."""
    both = [Server(tmp_path / "cache", tmp_path / f"{name}.log") for name in ("first", "second")]
    yield tuple(both)
    for server in both:
        server.kill()


async def ask(session: Session) -> None:
    """Asks for seed 0 of the page's recipe, unless it has been trained meanwhile; joins who has asked before."""
    await session.wait_for(lambda: session.can_press("Train seed 0", "Join seed 0") or session.shows("Known: "))
    if not session.shows("Known: "):
        await session.press("Train seed 0", "Join seed 0")
        await session.wait_for(lambda: is_asked(session))


def is_asked(session: Session) -> bool:
    """Whether the page says that a seed of theirs is trained or waits, or that one is known by now."""
    return any(map(session.shows, ("Training seed", " waits", "Known: ")))


async def measure_seeing(first: Server, second: Server) -> list[float]:
    """The seconds from a click on one server until a page of the other shows it, for three recipes."""
    seconds = []
    for recipe in LONG:
        query = write_query(recipe)
        async with Session(first.address, query) as asks, Session(second.address, query) as sees:
            for session in (asks, sees):
                await session.wait_for(lambda session=session: session.can_press("Train seed 0"))
            began = time.monotonic()
            await asks.press("Train seed 0")
            await sees.wait_for(lambda sees=sees: sees.shows("Join seed 0"))
            seconds.append(time.monotonic() - began)
    return seconds


@pytest.mark.alone
def test_what_is_asked_on_one_server_is_seen_on_the_other(servers):
    """A click on one server is seen on an open page of the other within two seconds."""
    seconds = asyncio.run(measure_seeing(*servers))
    print(f"seen after {', '.join(f'{each:.2f}' for each in seconds)} s")

    assert sorted(seconds)[1] <= SEEN_SECONDS


async def visit_both(servers: tuple[Server, Server], store: Store) -> int:
    """All visitors ask, then the first server is killed; how many of its visitors had their request on the second."""
    first, second = servers
    async with AsyncExitStack() as pages:
        asked = [
            (server, await pages.enter_async_context(Session(server.address, write_query(recipe))))
            for number in range(VISITORS)
            for server in servers
            for recipe in [RECIPES[number % len(RECIPES)]]
        ]
        await asyncio.gather(*(ask(session) for _, session in asked))
        known = {each.run for each in read_queue(store.folder)} | {each.run for each in store.finished()}
        assert ASKED <= known
        assert [] == [error for _, session in asked for error in session.errors]
        await asyncio.to_thread(wait_until, lambda: len(store.finished()) >= 2, PATIENCE_SECONDS)
        first.kill()
        moved = [Session(second.address, one.query, one.cookie) for server, one in asked if server is first]
        with suppress(WebSocketException):
            for session in moved:
                await pages.enter_async_context(session)
        await asyncio.gather(*(session.wait_for(lambda session=session: is_asked(session)) for session in moved))
        return len(moved)


def test_a_killed_server_loses_no_request_and_no_run_is_trained_twice(servers, tmp_path):
    """Of two servers with visitors each, one is killed: the other trains all that was asked for, nothing twice."""
    first, second = servers
    store = Store(tmp_path / "cache")

    began = time.monotonic()
    moved = asyncio.run(visit_both(servers, store))
    wait_until(lambda: not read_queue(store.folder), PATIENCE_SECONDS)
    print(f"{VISITORS} visitors each, {moved} moved; all done after {time.monotonic() - began:.0f} s")

    begun, cut = first.list_runs("began") + second.list_runs("began"), in_hand(first)
    print(f"begun: {dict(first.list_runs('began'))} and {dict(second.list_runs('began'))}, cut: {sorted(cut)}")
    assert {run.name for run in ASKED} <= set(begun) == {each.run.name for each in store.finished()}
    assert {name: times for name, times in begun.items() if times > 1 + (name in cut)} == {}
    assert [] == store.damaged


def in_hand(killed: Server) -> set[str]:
    """The runs that the server trained when it was killed."""
    ended = killed.list_runs("done")
    return {name for name in killed.list_runs("began") if name not in ended}
