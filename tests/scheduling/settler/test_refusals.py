"""Questions keep to the host's limits, and end with the reason where the host refuses or cannot train."""

import pytest

from tests.fakes import ScatteringEngine, wait_until
from tests.scheduling.settler.questions import OTHER, QUESTION, count_seeds, is_over
from tricks.engines.engine import EngineError


def test_a_visitor_s_minutes_are_kept(open_lab):
    """However much a question needs, no more of it is in the queue than the host gives its visitor, and it ends."""
    engine = ScatteringEngine(hold=0)
    lab = open_lab(engine, queue_minutes=25)

    lab.settler.ask(QUESTION, 3, "ann")
    queued = len(lab.scheduler.queue())
    engine.go.set()

    wait_until(lambda: is_over(lab))
    assert 2 == queued
    assert [3, 3] == count_seeds(lab)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"queue_minutes": 5}, "would take about 10 min"),
        ({"limits": "epochs=5"}, "up to 5, and this recipe has 10"),
    ],
)
def test_what_the_host_refuses_ends_the_question_with_the_reason(open_lab, settings, sentence):
    """A limit that is exceeded is told, and nothing is trained."""
    engine = ScatteringEngine()
    lab = open_lab(engine, **settings)

    lab.settler.ask(QUESTION, 3, "ann")

    assert is_over(lab)
    assert sentence in lab.settler.find_reason(QUESTION, "ann")
    assert "" == lab.settler.find_reason(QUESTION, "bob")
    assert [] == engine.begun


def test_a_failure_ends_the_question_until_it_is_asked_again(open_lab):
    """A run that cannot be trained ends the question with its reason; asking again tries again."""
    engine = ScatteringEngine(hold=0, error=EngineError("the data is not there"))
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 3, "ann")
    wait_until(lambda: is_over(lab))
    assert "the data is not there" == lab.settler.find_reason(QUESTION, "ann")

    engine.go.set()
    lab.settler.ask(QUESTION, 3, "ann")

    wait_until(lambda: is_over(lab))
    assert "" == lab.settler.find_reason(QUESTION, "ann")
    assert [3, 3] == count_seeds(lab)


def test_questions_have_an_end(open_lab, monkeypatch):
    """A host that is settling more questions than it ever will refuses further ones, and forgets old reasons."""
    monkeypatch.setattr("tricks.scheduling.settler.MOST_SETTLES", 1)
    engine = ScatteringEngine(hold=0)
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 3, "ann")

    lab.settler.ask(OTHER, 3, "ann")
    lab.settler.ask(QUESTION, 3, "bob")

    assert "" == lab.settler.find_reason(OTHER, "ann")
    assert "come back later" in lab.settler.find_reason(QUESTION, "bob")
    assert lab.settler.find(QUESTION, "ann").runs
