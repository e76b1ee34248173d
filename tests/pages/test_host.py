"""The page Host: what the operator sees of the server's state."""

import pytest

from tests.fakes import BrokenEngine, FakeEngine, SlowEngine, wait_until
from tests.pages.reading import open_page, open_train, press, read
from tricks.engines.engine import EngineError, Node
from tricks.lab import open_lab


class EndingEngine(FakeEngine):
    """Ends the thread that hands out its turns, as nothing should."""

    def warm_up(self) -> None:
        """Is where that happens."""
        raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_gone_is_told_of(engine):
    """Where a thread of the queue has ended, which nothing mends but a restart, the page says so."""
    engine(EndingEngine())
    wait_until(lambda: open_lab().scheduler.count_gone_threads() == 1)

    page = open_page("host")

    assert "1 thread of the queue ended by a fault: what waits is trained after a restart." in read(page)
    assert not page.exception


def test_without_a_fault_nothing_is_said(engine):
    """While all threads are there, the page has no such sentence."""
    page = open_page("host")

    assert "ended by a fault" not in read(page)


def test_the_host_page_shows_slots_queue_and_errors(engine):
    """The operator sees what is trained, what waits, memory and room, and what went wrong."""
    slow = SlowEngine()
    engine(slow)
    page = press(open_train(dataset="toy"), "5 more seeds")
    wait_until(lambda: slow.begun)
    host = open_page("host")

    assert not host.exception
    assert "baseline (toy), seed 0" in host.dataframe[1].value["trains"][0]
    assert 5 == len(host.dataframe[2].value)
    assert {"Server's memory", "Cache", "Disk free"} <= {metric.label for metric in host.metric}
    assert "None since the server started." in read(host)
    press(page, "Stop")


def test_the_host_page_shows_a_clusters_nodes(engine):
    """On a cluster the operator sees its machines, what each has and trains, and what is wrong with one."""
    fake = FakeEngine()
    fake.nodes = (
        Node(name="first a1", cores=0, gpus=0),
        Node(name="second b2", cores=8, gpus=2, machine="H100", running=3),
        Node(name="third c3", cores=8, gpus=0, note="no *data*"),
    )
    engine(fake)

    host = open_page("host")

    shown = host.dataframe[1].value
    assert not host.exception
    assert ["trains nothing", "H100", "not ready"] == list(shown["is"])
    assert [("0", ""), ("3", ""), ("0", "no *data*")] == list(zip(shown["in training"], shown["note"], strict=True))


def test_the_host_page_names_what_went_wrong(engine):
    """A failure is on the host's page with its time, recipe and reason."""
    engine(BrokenEngine(EngineError("no *data*")))
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: open_lab().scheduler.failures())

    host = open_page("host")

    assert "UTC: baseline (toy), seed 0: no *data*" in read(host)
