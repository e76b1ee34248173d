"""Questions outlive their server, which the next one goes on with, where anybody may train."""

import shutil
from dataclasses import replace

from tests.fakes import ScatteringEngine, wait_until
from tests.scheduling.settler.questions import BASELINE, QUESTION, count_seeds, is_over
from tricks.recipe.run import Run
from tricks.scheduling.settle_requests import write_settle


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


def close_while_settling(open_lab) -> None:
    """A server that is closed while it trains for its question."""
    engine = ScatteringEngine(hold=3)
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 5, "ann")
    wait_until(lambda: engine.is_held)
    lab.scheduler.close()


def test_closing_the_server_keeps_the_question(open_lab, tmp_path):
    """A server that is closed has not settled its questions: the next one does."""
    close_while_settling(open_lab)
    assert 1 == len(list((tmp_path / "cache" / "settle").iterdir()))

    again = open_lab(ScatteringEngine())

    wait_until(lambda: is_over(again))
    assert [5, 5] == count_seeds(again)


def test_where_nobody_may_train_questions_wait(open_lab, tmp_path):
    """A host that is started again with training switched off asks for nothing more."""
    close_while_settling(open_lab)

    again = open_lab(ScatteringEngine(), training="off")

    wait_until(lambda: not again.scheduler.queue() and sum(count_seeds(again)) == 7)
    assert 1 == len(list((tmp_path / "cache" / "settle").iterdir()))
