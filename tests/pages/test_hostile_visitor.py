"""One hostile visitor beside ten honest ones, all with a real server."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest

import tricks.bench.pages.generated_runs as generated
from tests.hostile import look
from tests.whole.conftest import serve
from tricks.bench.pages.generated_runs import generate_runs
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request, write_request
from tricks.settings import ROOT
from tricks.store.results import gather
from tricks.store.store import Store

HONEST, SECONDS = 10, 8
MOST_SECONDS = 1.0  # Longer than usual, on a machine of two cores that is busy with much else.
PAGES = {"train": "dataset=toy", "what-helps": "", "compare": "recipe=baseline&recipe=flip~true", "host": ""}
MOST_BYTES = 300_000_000


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """A cache of 150 recipes with four seeds each."""
    monkeypatch.setattr(generated, "STEPS", 10)
    monkeypatch.setattr(generated, "SEEDS", 4)
    generated.write_course.cache_clear()
    (tmp_path / "cache").mkdir()
    generate_runs(tmp_path / "cache", 600)
    yield tmp_path / "cache"
    generated.write_course.cache_clear()


async def visit(address: str, number: int, until: float, took: dict[str, list[float]]) -> None:
    """An honest visitor of an address of their own looks at one page after the other, with a second for each."""
    pages = list(PAGES)[number % len(PAGES) :] + list(PAGES)[: number % len(PAGES)]
    while time.monotonic() < until:
        for page in pages:
            began = time.monotonic()

            async def note(page=page, began=began) -> bool:
                took[page].append(time.monotonic() - began)
                raise TimeoutError

            try:
                await look(address, page, PAGES[page], note, f"127.0.0.{11 + number}")
            except TimeoutError:
                await asyncio.sleep(1)


def measure(address: str) -> dict[str, list[float]]:
    """The seconds until a page was there, by page, as ten honest visitors see them."""
    took: dict[str, list[float]] = defaultdict(list)

    async def visit_all() -> None:
        until = time.monotonic() + SECONDS
        await asyncio.gather(*(visit(address, number, until, took) for number in range(HONEST)))

    asyncio.run(visit_all())
    return took


@contextmanager
def attack(address: str, query: str) -> Iterator[None]:
    """The hostile visitor is there; it takes no time of the processor's from anybody here."""
    command = ["nice", "-n", "19", sys.executable, "-m", "tests.hostile", address, query]
    hostile = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert "1\n" == hostile.stdout.readline()
        time.sleep(5)
        yield
    finally:
        hostile.kill()
        hostile.communicate()


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no second address of their own")
def test_one_hostile_visitor_beside_ten_honest_ones(cache):
    """Beside 200 connections, the largest links, uploads and a full queue a page takes a second longer at most."""
    known = [one.recipe for one in gather(Store(cache).finished()).values()]
    query = urlencode([("recipe", write_word(recipe)) for recipe in known[:40]])
    fill_queue(cache, 1)  # A training is usual.
    with serve(cache) as server:
        address = server.removeprefix("http://")
        measure(address)  # Everything was imported and drawn once.
        alone = measure(address)
    fill_queue(cache, 480)
    with serve(cache) as server:
        address = server.removeprefix("http://")
        process = find_server(address)
        measure(address)
        before = process.memory_info().rss
        with attack(address, query):
            beside = measure(address)
        grown = process.memory_info().rss - before

    usual, then = (statistics.median(sum(each.values(), [])) for each in (alone, beside))
    medians = {page: [round(statistics.median(each[page]), 2) for each in (alone, beside)] for page in PAGES}
    print(f"{usual:.3f} s alone, {then:.3f} s beside the hostile one; {medians}; memory grew by {grown / 1e6:.0f} MB")
    assert then < usual + MOST_SECONDS, medians
    assert grown < MOST_BYTES


def fill_queue(cache: Path, count: int) -> None:
    """So many long trainings wait."""
    for seed in range(count):
        run = Run(recipe=Recipe(dataset="toy", epochs=200), seed=seed)
        write_request(cache, Request(run=run, visitors=frozenset({"hostile"}), asked=1.0))


def find_server(address: str) -> psutil.Process:
    """The process that listens there."""
    port = int(address.rpartition(":")[2])
    listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    return next(psutil.Process(one.pid) for one in listening if one.laddr.port == port)
