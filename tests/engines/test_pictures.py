"""Pictures from a process of their own: made once, and a sentence where it dies, hangs or cannot be started."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.engines.workers import is_alive
from tests.fakes import wait_until
from tricks.engines import pictures
from tricks.engines.engine import EngineError
from tricks.engines.pictures import Pictures
from tricks.engines.start import DRAWS, begin_worker
from tricks.recipe.recipe import Recipe

FLIP = Recipe(dataset="toy", flip=True)
BAD = "tests.engines.hanging"
ENDED = r"^the process that draws ended unexpectedly \(out of paint\)$"


@pytest.fixture(scope="module")
def drawn():
    """Pictures whose process has drawn one."""
    made = Pictures(Path("nowhere"))
    assert made.ask("flip", FLIP, patience=60)
    yield made
    made.stop()


def test_a_picture_is_made_once(drawn):
    """Whoever asks again is given the same picture, at once."""
    picture = drawn.ask("flip", FLIP)

    assert (8, 32, 32, 3) == picture["before"].shape == picture["after"].shape
    assert picture is drawn.ask("flip", FLIP)


def test_other_values_and_draws_are_other_pictures(drawn):
    """A picture belongs to its values and to its draw."""
    pictures = [drawn.ask("flip", FLIP, 1, 10), drawn.ask("cutout", Recipe(dataset="toy", cutout=16), 0, 10)]

    assert all((drawn.ask("flip", FLIP)["after"] != picture["after"]).any() for picture in pictures)


def test_what_cannot_be_drawn_is_a_sentence(drawn):
    """A picture that cannot be made is told in a sentence, and the process draws on."""
    with pytest.raises(EngineError, match="^the picture could not be drawn [^\n]+$"):
        drawn.ask("precision", Recipe(dataset="toy"), patience=10)

    assert drawn.ask("flip", FLIP, 2, 10)


def test_real_images_that_are_not_there_are_not_kept(drawn, monkeypatch):
    """Where CIFAR-10 is missing the toy set stands in, until it is asked for again."""
    recipe = Recipe(flip=True)
    assert drawn.ask("flip", recipe, patience=10)["stand_in"]

    monkeypatch.setattr(pictures, "RETRY_SECONDS", 0.0)

    assert drawn.ask("flip", recipe, patience=10) is not drawn.ask("flip", recipe, patience=10)


def test_a_process_that_was_killed_is_replaced(drawn):
    """After the process has died the next picture comes from a new one, and nobody who waits is kept too long."""
    before = drawn.process
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: not is_alive(before))
    began = time.monotonic()

    assert drawn.ask("flip", FLIP, 3) is None
    assert time.monotonic() - began < 0.5
    assert drawn.ask("flip", FLIP, 3, 60)
    assert drawn.process not in (None, before)


@pytest.fixture
def broken():
    """Pictures from a process that fails in this way."""
    opened = []

    def open_one(way: str) -> Pictures:
        opened.append(Pictures(Path(way), BAD))
        return opened[-1]

    yield open_one
    for one in opened:
        one.stop()


def test_a_process_that_dies_is_a_sentence(broken):
    """What a process says when it dies at its start is told, and it is not started again at once."""
    dead = broken("dead")
    for _ in range(2):
        with pytest.raises(EngineError, match=ENDED):
            dead.ask("flip", FLIP, patience=20)


def test_a_process_that_hangs_is_ended(broken, monkeypatch):
    """A process that says nothing is ended, and who waits for it is told."""
    monkeypatch.setattr(pictures, "STARTING_SECONDS", 0.3)
    mute = broken("mute")

    with pytest.raises(EngineError, match="gave no answer for 0 seconds and was ended$"):
        mute.ask("flip", FLIP, patience=20)
    assert mute.process is None


def test_a_crowd_is_held_back(broken):
    """While very many pictures are asked for, the next one is refused."""
    mute = broken("mute")
    for draw in range(pictures.MOST_WAITING):
        assert mute.ask("flip", FLIP, draw) is None

    with pytest.raises(EngineError, match="^too many pictures are asked for at the moment$"):
        mute.ask("flip", FLIP, pictures.MOST_WAITING)


def test_a_process_is_there_before_the_first_question(broken):
    """Who expects to ask lets the process start, once; one that cannot start is no fault yet."""
    mute, dead = broken("mute"), broken("dead")
    for one in (mute, dead):
        one.wake()

    wait_until(lambda: mute.process)
    first = mute.process
    mute.wake()
    dead.wake()

    assert first == mute.process


def test_nothing_is_drawn_after_the_end(broken):
    """Once the lab is closed no process is started."""
    closed = broken("dead")
    closed.stop()

    with pytest.raises(EngineError, match="^the lab is being closed$"):
        closed.ask("flip", FLIP, patience=5)
    assert closed.process is None


@pytest.mark.slow
@pytest.mark.parametrize("is_asker_gone", [False, True], ids=["idle", "asker gone"])
def test_a_process_that_nobody_asks_ends(tmp_path, is_asker_gone):
    """After a while without a question, and when who asked is gone, the process ends by itself."""
    process, log = begin_worker(["--data", str(tmp_path), "--idle", "600" if is_asker_gone else "0.2"], DRAWS)
    if is_asker_gone:
        process.stdin.close()

    assert 0 == process.wait(timeout=60)
    for stream in (process.stdin, process.stdout, log):
        stream.close()
