"""Questions on a server: trained until they are settled, stopped, refused, and gone on with after a restart."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import tricks.lab
from tests.fakes import FakeEngine, ScatteringEngine, train_fake, wait_until
from tricks.engines.engine import EngineError
from tricks.lab import Lab
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import forget_request
from tricks.scheduling.settle import Question
from tricks.scheduling.settle_requests import write_settle
from tricks.scheduling.settler import STOPPED
from tricks.settings import Settings

FLIP, BASELINE = Recipe(dataset="toy", flip=True), Recipe(dataset="toy")
QUESTION = Question(recipe=FLIP, reference=BASELINE)
OTHER = Question(recipe=Recipe(dataset="toy", normalize=True), reference=BASELINE)


@pytest.fixture
def open_lab(tmp_path, monkeypatch) -> Callable[..., Lab]:
    """Opens a server on the test's cache with this engine; it is closed after the test."""
    opened = []

    def open_one(engine: FakeEngine, cache: Path = tmp_path / "cache", **settings) -> Lab:
        monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [engine])
        opened.append(Lab(Settings(data=tmp_path, cache=cache, devices=("cpu",), **settings)))
        return opened[-1]

    yield open_one
    for lab in opened:
        lab.scheduler.close()


def is_over(lab: Lab, visitor: str = "ann") -> bool:
    """Whether the question is not being settled any more, and nothing is in the queue."""
    return not lab.settler.find(QUESTION, visitor) and not lab.scheduler.queue()


def count_seeds(lab: Lab) -> list[int]:
    """How many seeds each side has."""
    return list(QUESTION.compare(lab.results()).seeds)


def test_different_recipes_are_settled_after_a_few_seeds(open_lab):
    """A clear difference has its verdict with at most eight seeds of each side, far below the budget."""
    lab = open_lab(ScatteringEngine(ahead=0.3))

    lab.settler.ask(QUESTION, 40, "ann")
    wait_until(lambda: is_over(lab))

    assert "better" == QUESTION.compare(lab.results()).verdict
    assert max(count_seeds(lab)) <= 8
    assert [] == list((lab.store.folder / "settle").iterdir())
    assert "" == lab.settler.find_reason(QUESTION, "ann")


def test_a_question_does_not_wait_for_room_in_the_cache(open_lab):
    """Where weights that are too many cannot be deleted, that is told of, and questions are settled all the same."""
    lab = open_lab(ScatteringEngine(ahead=0.3), cache_bytes=0)
    other = Run(recipe=Recipe(dataset="toy"), seed=49)
    train_fake(lab.store, other)
    in_the_way = lab.store.path(other, ".weights.safetensors")
    in_the_way.unlink()
    in_the_way.mkdir()

    lab.settler.ask(QUESTION, 40, "ann")

    wait_until(lambda: not list((lab.store.folder / "settle").iterdir()))
    assert "better" == QUESTION.compare(lab.results()).verdict
    assert "cannot be written" in lab.scheduler.troubles.list()[0].reason


def test_equal_recipes_end_by_the_budget(open_lab):
    """Two recipes that are the same end unsettled with as many seeds as were allowed, and no more."""
    engine = ScatteringEngine()
    lab = open_lab(engine)

    lab.settler.ask(QUESTION, 6, "ann")
    wait_until(lambda: is_over(lab))

    assert "not clear yet" == QUESTION.compare(lab.results()).verdict
    assert [6, 6] == count_seeds(lab)
    assert 12 == len(engine.begun)


def test_what_is_known_is_answered_at_once(open_lab):
    """A question whose verdict is clear, or whose budget is used up, trains nothing."""
    engine = ScatteringEngine()
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 3, "ann")
    wait_until(lambda: is_over(lab))

    lab.settler.ask(QUESTION, 2, "bob")

    assert is_over(lab, "bob")
    assert 6 == len(engine.begun)


def test_a_killed_server_goes_on_with_its_questions(open_lab, tmp_path):
    """The cache of a server that was killed in the middle is all that the next one needs to settle the question."""
    killed = ScatteringEngine(hold=4)
    lab = open_lab(killed)
    lab.settler.ask(QUESTION, 6, "ann")
    wait_until(lambda: killed.is_held)
    shutil.copytree(tmp_path / "cache", tmp_path / "copy")

    again = open_lab(ScatteringEngine(), cache=tmp_path / "copy")
    wait_until(lambda: is_over(again))

    assert [6, 6] == count_seeds(again)
    assert [] == list((tmp_path / "copy" / "settle").iterdir())


def test_a_server_killed_between_two_runs_goes_on_too(open_lab, tmp_path):
    """A question whose run was finished when the server was killed, and the next not yet asked for, goes on."""
    killed = ScatteringEngine(hold=3)
    lab = open_lab(killed)
    lab.settler.ask(QUESTION, 5, "ann")
    wait_until(lambda: killed.is_held)
    shutil.copytree(tmp_path / "cache", tmp_path / "copy")
    for path in (tmp_path / "copy" / "queue").iterdir():
        path.unlink()
    write_settle(tmp_path / "copy", replace(lab.settler.find(QUESTION, "ann"), runs=(Run(recipe=BASELINE, seed=2),)))

    again = open_lab(ScatteringEngine(), cache=tmp_path / "copy")

    wait_until(lambda: is_over(again))
    assert [5, 5] == count_seeds(again)


def test_closing_the_server_keeps_the_question(open_lab, tmp_path):
    """A server that is closed has not settled its questions: the next one does."""
    engine = ScatteringEngine(hold=3)
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 5, "ann")
    wait_until(lambda: engine.is_held)
    lab.scheduler.close()
    assert 1 == len(list((tmp_path / "cache" / "settle").iterdir()))

    again = open_lab(ScatteringEngine())

    wait_until(lambda: is_over(again))
    assert [5, 5] == count_seeds(again)


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


def test_a_verdict_that_others_bring_ends_the_waiting(open_lab):
    """When somebody else's runs make the verdict clear, what the question still waited for is not trained."""
    engine = ScatteringEngine(ahead=0.3, hold=3)
    lab = open_lab(engine)
    lab.scheduler.ask(Run(recipe=Recipe(dataset="toy", epochs=2), seed=3), "bob")
    wait_until(lambda: engine.begun)
    lab.settler.ask(QUESTION, 40, "ann")
    for run in (Run(recipe=recipe, seed=seed) for recipe in QUESTION.sides for seed in range(3, 9)):
        with lab.store.write(run) as writer:
            for measurement in ScatteringEngine(ahead=0.3).train(run, None):
                writer.append(measurement)

    assert lab.settler.find(QUESTION, "ann") is None
    assert {"bob"} == {visitor for each in lab.scheduler.queue() for visitor in each.visitors}


def test_where_nobody_may_train_questions_wait(open_lab, tmp_path):
    """A host that is started again with training switched off asks for nothing more."""
    engine = ScatteringEngine(hold=3)
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 5, "ann")
    wait_until(lambda: engine.is_held)
    lab.scheduler.close()

    again = open_lab(ScatteringEngine(), training="off")

    wait_until(lambda: not again.scheduler.queue() and sum(count_seeds(again)) == 7)
    assert 1 == len(list((tmp_path / "cache" / "settle").iterdir()))


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
