"""No visitor stops the others: much work is bounded, and done in turns that are short."""

import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import tricks.bench.pages.generated_runs as generated
from tests.fakes import FakeEngine
from tests.pages.reading import read
from tricks.bench.pages.generated_runs import generate_runs
from tricks.lab import close_lab, open_lab
from tricks.pages.sessions import page_lock
from tricks.pages.sessions.page_lock import give_way, take_turn
from tricks.pages.shared.recipes import MOST_RECIPES
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe
from tricks.store.store import Store

MOST_SECONDS = 0.5
COMPARE = """
from tricks.pages.compare import page
from tricks.pages.sessions.page_lock import take_turn
with take_turn():
    page.show()
"""


class TimedTurns:
    """Notes how much of the processor's time each turn takes."""

    def __init__(self):
        self.turns, self.seconds, self._since = threading.Lock(), [], 0.0

    def acquire(self, visitor: str) -> None:
        """A turn begins."""
        self.turns.acquire()
        self._since = time.process_time()

    def pass_on(self, visitor: str) -> None:
        """One turn after another."""
        self.release()
        time.sleep(0)
        self.acquire(visitor)

    def release(self) -> None:
        """A turn ends."""
        self.seconds.append(time.process_time() - self._since)
        self.turns.release()


@pytest.fixture
def turns(monkeypatch) -> TimedTurns:
    """All turns of the pages from now on."""
    turns = TimedTurns()
    monkeypatch.setattr(page_lock, "_turns", turns)
    return turns


@pytest.fixture
def many_runs(monkeypatch, tmp_path) -> Path:
    """The lab on a cache of 150 recipes with four seeds each."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))
    monkeypatch.setattr("tricks.lab.open_engines", lambda settings: [FakeEngine()])
    monkeypatch.setattr(generated, "STEPS", 10)
    monkeypatch.setattr(generated, "SEEDS", 4)
    generated.write_course.cache_clear()
    generate_runs(tmp_path, 600)
    open_lab().read_all()
    yield tmp_path
    generated.write_course.cache_clear()
    close_lab()


@pytest.mark.slow
def test_a_link_asks_for_forty_recipes_at_most(many_runs, turns):
    """A link with a thousand recipes shows the first forty, says so, and lets others in between."""
    page = AppTest.from_string(COMPARE, default_timeout=60)
    known = [one.recipe for one in open_lab().results().values()]
    link = [*known, *(Recipe(dense_width=64, learning_rate=number / 1e6) for number in range(1, 1001 - len(known)))]
    page.query_params["recipe"] = [write_word(recipe) for recipe in link]

    page.run()

    assert not page.exception
    assert "The link asks for 1,000 recipes: the first 40 are here." in read(page)
    assert MOST_RECIPES == len(page.multiselect[0].value)
    assert MOST_SECONDS > max(turns.seconds)


def test_a_long_turn_gives_way(turns, monkeypatch):
    """In the midst of much work a turn that has lasted long lets another one in, and then goes on."""
    monkeypatch.setattr(page_lock, "LONG_SECONDS", 0.05)
    order, begun = [], threading.Event()

    def work() -> None:
        with take_turn():
            begun.set()
            for part in range(4):
                order.append(f"part {part}")
                time.sleep(0.06)
                give_way()

    def visit() -> None:
        begun.wait()
        with take_turn():
            order.append("visit")

    threads = [threading.Thread(target=each) for each in (work, visit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert order.index("visit") < order.index("part 3")
    assert 4 == sum(each.startswith("part") for each in order)


def test_outside_of_a_turn_there_is_nothing_to_give(turns):
    """What is done outside of a turn keeps nobody waiting."""
    give_way()

    assert [] == turns.seconds


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path, monkeypatch):
    """With 100,000 runs a start takes 5 s at most, and a run that ends 0.2 s, of the processor's time."""
    monkeypatch.setattr(generated, "STEPS", 2)
    monkeypatch.setattr(generated, "SEEDS", 25)
    generated.write_course.cache_clear()
    generate_runs(tmp_path, 100_000)
    assert 100_000 == len(Store(tmp_path).finished())  # Which writes the index.
    store = Store(tmp_path)

    began = time.process_time()
    first = store.finished()
    start = time.process_time() - began
    copy = next(tmp_path.glob("*-s0.jsonl"))
    content = copy.read_bytes()
    copy.unlink()
    time.sleep(5)  # The folder is no longer young.
    began = time.process_time()
    without = store.finished()
    tick = time.process_time() - began
    copy.write_bytes(content)
    time.sleep(5)

    assert [100_000, 99_999, 100_000] == [len(first), len(without), len(store.finished())]
    assert (True, True) == (start < 5, tick < 0.2), (start, tick)
