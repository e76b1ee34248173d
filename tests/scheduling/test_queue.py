"""The requests of one server, in memory and as files."""

from tests.fakes import MACHINE, toy_run
from tricks.scheduling.limits import NO_LIMITS
from tricks.scheduling.queue import Queue
from tricks.scheduling.requests import request_path


def test_what_the_operator_stops_is_not_asked_for_again(tmp_path):
    """A request whose file is deleted just before its run begins stays taken back, although tries are written down."""
    queue = Queue(tmp_path, NO_LIMITS, lambda request: 0.0, lambda: None)
    queue.ask(toy_run(0), "ann")
    queue.begin(toy_run(0))
    request_path(tmp_path, toy_run(0)).unlink()

    queue.note(toy_run(0), MACHINE)
    queue.drop_what_was_taken_back()

    assert not request_path(tmp_path, toy_run(0)).exists()
    assert frozenset() == queue[toy_run(0)].visitors
