"""Questions are stopped, by themselves or by their runs, and leave those of others."""

import pytest

from tests.fakes import ScatteringEngine, wait_until
from tests.scheduling.settler.questions import BASELINE, FLIP, OTHER, QUESTION, count_seeds, is_over
from tricks.scheduling.requests import forget_request
from tricks.scheduling.settler import STOPPED


def test_stopping_ends_the_run_in_hand(open_lab, tmp_path):
    """Who stops the question stops its run, which can be resumed, and nothing is trained after it."""
    engine = ScatteringEngine(hold=3)
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 5, "ann")
    wait_until(lambda: engine.is_held)

    lab.settler.stop(QUESTION, "ann")
    wait_until(lambda: engine.ended_early)

    wait_until(lambda: is_over(lab))
    assert [3, 3] == count_seeds(lab)
    assert "" == lab.settler.find_reason(QUESTION, "ann")
    assert [] == list((tmp_path / "cache" / "settle").iterdir())
    lab.settler.stop(QUESTION, "ann")


@pytest.mark.parametrize("by", ["visitor", "operator"])
def test_stopping_its_run_stops_the_question(open_lab, by):
    """A run that its visitor takes back elsewhere, or the operator, is not asked for again: the question ends."""
    engine = ScatteringEngine(hold=3)
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 5, "ann")
    wait_until(lambda: engine.is_held)

    if by == "visitor":
        lab.scheduler.withdraw(engine.begun[-1], "ann")
    else:
        forget_request(lab.store.folder, engine.begun[-1])
    wait_until(lambda: engine.ended_early)

    wait_until(lambda: is_over(lab))
    assert STOPPED == lab.settler.find_reason(QUESTION, "ann")


def test_visitors_share_the_training_and_stop_alone(open_lab):
    """Two visitors with the same question have the same runs, trained once, and one's Stop leaves the other's."""
    engine = ScatteringEngine(hold=3)
    lab = open_lab(engine)
    for visitor in ("ann", "bob"):
        lab.settler.ask(QUESTION, 5, visitor)
    wait_until(lambda: engine.is_held)
    wait_until(lambda: [frozenset({"ann", "bob"})] == [each.visitors for each in lab.scheduler.queue()])

    lab.settler.stop(QUESTION, "ann")
    engine.go.set()

    wait_until(lambda: is_over(lab, "bob"))
    assert [5, 5] == count_seeds(lab)
    assert 10 == len(engine.begun)


def test_a_run_that_two_questions_wait_for_survives_the_end_of_one(open_lab):
    """A visitor with two questions about the same baseline stops one, and the other keeps its runs."""
    engine = ScatteringEngine(hold=0)
    lab = open_lab(engine)
    for question in (QUESTION, OTHER):
        lab.settler.ask(question, 3, "ann")

    lab.settler.stop(OTHER, "ann")

    assert {FLIP, BASELINE} == {each.run.recipe for each in lab.scheduler.queue()}
    engine.go.set()
    wait_until(lambda: is_over(lab))
    assert [3, 3] == count_seeds(lab)
