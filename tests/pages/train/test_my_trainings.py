"""A visitor's own trainings: to be seen and stopped from every recipe, and told of when they end."""

import pytest

from tests.fakes import BrokenEngine, SlowEngine, wait_until
from tests.pages.reading import list_buttons, open_train, press, read
from tricks.engines.engine import EngineError
from tricks.lab import open_lab
from tricks.pages.train.buttons import format_further
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request


@pytest.fixture
def slow(engine):
    """An engine that works on a run until the test lets it go on."""
    slow = SlowEngine()
    engine(slow)
    return slow


def test_a_training_stays_in_sight(slow):
    """Who toggles away from a run in training still sees it, and one press leads back to it."""
    page = press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)

    page.segmented_control(key="trick-block").set_value("residual").run()
    shown = next(label for label in list_buttons(page) if label.startswith("baseline (toy), seed 0: "))
    press(page, shown)

    assert Recipe(dataset="toy") == page.session_state.recipe
    assert "baseline (toy)" == page.header[0].value
    assert "Your other trainings" not in read(page)


def test_five_seeds_that_take_hours_are_asked_for_twice(slow, fill, monkeypatch):
    """Where five more seeds take hours, the page says so, and who can stop them, and queues them at a second word."""
    monkeypatch.setattr("tricks.pages.shared.missing_runs.MUCH_SECONDS", 2.0)
    fill(Recipe(), 0.7)
    page = press(open_train(), "5 more seeds")
    asked, queue = read(page), open_lab().scheduler.queue()

    press(page, "Yes, queue 5 runs")

    assert "That is 5 runs, about 5 s of training on this host" in asked
    assert "*Stop all mine* on [Train](./)" in asked
    assert not queue
    assert {1, 2, 3, 4, 5} == {request.run.seed for request in open_lab().scheduler.queue()}


def test_all_of_mine_are_stopped_at_once(slow):
    """One press takes back all that a visitor has asked for, whatever the recipe, and nothing of anybody else's."""
    open_lab().scheduler.ask(Run(recipe=Recipe(dataset="toy", flip=True), seed=0), "somebody else")
    page = press(open_train(dataset="toy"), "5 more seeds")
    page.segmented_control(key="trick-block").set_value("residual").run()
    press(page, "Train seed 0")
    page.segmented_control(key="trick-block").set_value("double").run()

    press(page, "Stop all mine")

    wait_until(lambda: 1 == len(open_lab().scheduler.queue()))
    assert "Your other trainings" not in read(page.run())


def test_the_end_of_a_training_is_told(slow):
    """When a run ends its visitor is told, also while they look at another recipe."""
    page = press(open_train(dataset="toy"), "Train seed 0")
    page.segmented_control(key="trick-block").set_value("residual").run()
    slow.go.set()
    wait_until(lambda: not open_lab().scheduler.queue())

    page.run()

    assert "Seed 0 of baseline (toy) finished: 50.0% test accuracy" == page.toast[0].value.replace("\\", "")
    assert [] == list(page.run().toast)


def test_a_training_that_fails_is_told(engine):
    """When a run cannot be trained its visitor is told why."""
    engine(BrokenEngine(EngineError("no images")))
    page = press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: open_lab().scheduler.failures())

    told = [*page.toast, *page.run().toast]

    assert ["Seed 0 of baseline (toy) was not trained: no images"] == [toast.value.replace("\\", "") for toast in told]


def test_a_training_that_is_stopped_is_no_news(slow):
    """Who stops a run is not told that it ended."""
    page = press(open_train(dataset="toy"), "Train seed 0")
    press(page, "Stop")
    wait_until(lambda: not open_lab().scheduler.queue())

    assert [] == list(page.run().toast)


def test_a_run_that_waits_does_not_say_that_it_trains(slow):
    """The button of a run that waits for its turn says so, and the line beside it how many are trained at a time."""
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)

    other = press(open_train(dataset="toy", flip="true"), "Train seed 0").run()

    assert "Seed 0 waits" in [button.label for button in other.button]
    assert "one is trained at a time here" in read(other)


def test_what_trains_beside_is_not_after():
    """Of further seeds of a recipe those in training are told apart from those that wait."""
    running = Request(run=Run(recipe=Recipe(), seed=1), visitors=frozenset("a"), running=True)
    waiting = Request(run=Run(recipe=Recipe(), seed=2), visitors=frozenset("a"))

    assert "; 1 more of this recipe beside it and 2 more of this recipe after it" == format_further(
        [running, waiting, waiting]
    )
    assert "" == format_further([])
