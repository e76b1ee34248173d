"""Runs of the page take turns."""

import threading

import pytest

from tests.fakes import wait_until
from tricks.pages.sessions.page_lock import Turns, has_turn, refresh, take_turn
from tricks.pages.sessions.refresh_rate import Presence
from tricks.settings import ROOT


def test_only_one_runs_at_once():
    """However many sessions come at once, one of them runs, and all get their turn."""
    running, most, done = [], [], []

    def run() -> None:
        with take_turn():
            running.append(1)
            most.append(len(running))
            threading.Event().wait(0.01)
            running.pop()
        done.append(1)

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert (20, 1) == (len(done), max(most))


def test_a_turn_within_a_turn_does_not_wait():
    """The live part of a page takes the page's turn, and a run that ends early gives it back."""
    for _ in range(2):
        with pytest.raises(KeyError), take_turn(), take_turn():
            raise KeyError

    with take_turn():
        pass


class Crowd:
    """Visitors who wait for turns, each of which lasts as long as the test's clock says."""

    def __init__(self):
        self.now, self.seconds, self.order = 0.0, 1.0, []
        self.turns = Turns(lambda: self.now)
        self._threads: list[threading.Thread] = []

    def come(self, visitor: str, count: int = 1) -> None:
        """So many pages of the visitor's come, and wait."""
        for _ in range(count):
            waiting = self.count_waiting()
            self._threads.append(threading.Thread(target=self._run, args=(visitor,)))
            self._threads[-1].start()
            wait_until(lambda waiting=waiting: self.count_waiting() == waiting + 1)

    def count_waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self.turns._waiting.values()))

    def finish(self) -> str:
        """Lets all have their turns; whose they were, in their order."""
        self.turns.release()
        for thread in self._threads:
            thread.join(5)
        return "".join(self.order)

    def _run(self, visitor: str) -> None:
        self.turns.acquire(visitor)
        self.order.append(visitor)
        self.now += self.seconds
        self.turns.release()


@pytest.fixture
def crowd() -> Crowd:
    """Visitors who wait for the one who has the turn."""
    crowd = Crowd()
    crowd.turns.acquire("x")
    return crowd


def test_one_visitor_s_many_pages_keep_nobody_waiting(crowd):
    """Behind two hundred pages of one visitor each other visitor waits for one of them at most."""
    crowd.come("h", 4)
    crowd.come("a", 2)
    crowd.come("b")

    assert "hab" == crowd.finish()[:3]
    assert 7 == len(crowd.order)


def test_who_comes_later_is_not_behind_who_has_had_much(crowd):
    """Who has had long turns comes after those who have not, though they came before."""
    crowd.now += 5.0
    crowd.come("x")
    crowd.come("a", 3)

    assert "aaax" == crowd.finish()


def test_who_has_had_much_rests_while_others_are_there(crowd):
    """After a long time of turns the server is free for twice as long as the last one took."""
    crowd.turns.release()
    for visitor, seconds in [("a", 0.5), ("h", 50.0)]:
        crowd.turns.acquire(visitor)
        crowd.now += seconds
        crowd.turns.release()
        crowd.now += 2 * seconds
    crowd.turns.acquire("h")
    crowd.now += 0.2
    crowd.turns.release()
    crowd.seconds = 0.0
    threads = [threading.Thread(target=crowd._run, args=(visitor,)) for visitor in "ha"]
    for thread in threads:
        thread.start()
    threads[1].join(5)

    assert ["a"] == crowd.order
    crowd.now += 1.0
    threads[0].join(5)
    assert ["a", "h"] == crowd.order


def test_in_the_midst_of_much_work_who_has_had_least_goes_on(crowd):
    """A turn that gives way goes on at once where all who wait have had more, else after those who have not."""
    crowd.turns.release()
    for visitor, seconds in [("h", 3.0), ("a", 1.0)]:
        crowd.turns.acquire(visitor)
        crowd.now += seconds
        crowd.turns.release()
    crowd.turns.acquire("a")
    crowd.come("h")
    crowd.turns.pass_on("a")
    crowd.order.append("a")
    crowd.come("b")
    crowd.turns.pass_on("a")
    crowd.order.append("a")

    assert "abah" == crowd.finish()


def test_a_part_that_runs_by_itself_takes_a_turn(monkeypatch):
    """What a page shows anew every few seconds has its turn, and gives it back, as the page does."""
    monkeypatch.setattr("streamlit.fragment", lambda part, run_every: part)
    seen = []

    refresh(lambda: seen.append(has_turn()), 2.0)()

    assert ([True], False) == (seen, has_turn())


def test_in_a_crowd_a_part_runs_less_often(monkeypatch):
    """A page that looks every two seconds waits longer among many, and runs as a whole once to change that."""
    waits, again = [], []
    monkeypatch.setattr("tricks.pages.sessions.refresh_rate.PRESENCE", presence := Presence(draw=lambda: 0.0))
    monkeypatch.setattr("streamlit.fragment", lambda part, run_every: waits.append(run_every) or part)
    monkeypatch.setattr("streamlit.rerun", lambda: again.append(waits[-1]))

    part = refresh(lambda: None, 2.0)
    part()
    for name in range(200):
        presence.widen(str(name), 1.0)
    wait_until(lambda: part() or again, seconds=10)
    refresh(lambda: None, 2.0)()

    assert [2.0] == again
    assert 2.0 == waits[0] < waits[1]


def test_all_parts_of_pages_take_turns():
    """Only what waits outside of turns, and takes its own, is a part by other means."""
    pages = ROOT / "tricks" / "pages"
    others = {str(path.relative_to(pages)) for path in pages.rglob("*.py") if "st.fragment(" in path.read_text()}

    assert {"sessions/page_lock.py", "train/page.py", "shared/pictures.py"} == others
