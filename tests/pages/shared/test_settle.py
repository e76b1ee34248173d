"""Settling a question on a page, in Streamlit's simulator: what a visitor reads and presses, on Compare."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

import tricks.lab
from tests.fakes import BASELINE, FLIP, ScatteringEngine, wait_until
from tests.pages.reading import open_page, press, read
from tricks.lab import close_lab, open_lab
from tricks.recipe.recipe import Recipe

CLIPPED = Recipe(grad_clip=1)
open_compare = partial(open_page, "compare.page")


@pytest.fixture
def use(monkeypatch, tmp_path, fill):
    """Opens the lab with the engine and settings of the test; the baseline and flip have one seed each."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))
    fill(BASELINE, 0.6)
    fill(FLIP, 0.62)

    def use_engine(engine: ScatteringEngine, **settings: str) -> ScatteringEngine:
        monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [engine])
        for name, value in settings.items():
            monkeypatch.setenv(f"TRICKS_{name}", value)
        return engine

    yield use_engine
    close_lab()


def list_buttons(page: AppTest) -> list[str]:
    """The words on the page's buttons."""
    return [button.label for button in page.button]


def list_progress(page: AppTest) -> list[str]:
    """The words at the page's bars of progress."""
    return [bar.proto.text.replace("\\", "") for bar in page.get("progress")]


def wait_for_the_end(folder) -> None:
    """Returns when no question is being settled any more."""
    wait_until(lambda: not list((folder / "settle").glob("*.json")), seconds=20)


def test_a_question_is_settled_by_one_press(use, tmp_path):
    """One press trains until the verdict is clear; then the page says it, and there is nothing left to press."""
    use(ScatteringEngine(ahead=0.3))

    page = open_compare(FLIP)
    offered = read(page)
    press(page, "Settle it")
    wait_for_the_end(tmp_path)
    page.run()

    assert not page.exception
    assert "flip against baseline**: +2.0 points, settled, 1 seed each: not clear yet" in offered
    assert "at most 20 seeds of each: no more than 38 further runs" in offered
    assert "seeds: better" in read(page)
    assert not {"Settle it", "Stop"} & set(list_buttons(page))


def test_it_says_how_far_it_is_and_can_be_stopped(use):
    """While it goes on there are seeds, budget and the run in training, and Stop ends them."""
    engine = use(ScatteringEngine(hold=1))
    page = press(open_compare(FLIP), "Settle it")
    wait_until(lambda: engine.is_held)

    far = list_progress(page.run())
    press(page, "Stop")
    wait_until(lambda: engine.ended_early and not open_lab().scheduler.queue())

    assert not page.exception
    assert far[0].startswith("1 and 1 of at most 20 seeds; in training: seed 1 of flip, 0%; no more than 38 further")
    assert [] == list_progress(page.run())
    assert "Settle it" in list_buttons(page)


def test_the_budget_is_the_visitor_s(use, tmp_path):
    """A smaller budget ends sooner, and who has used it up is offered a larger one."""
    use(ScatteringEngine())
    page = open_compare(FLIP)
    budget = next(each for each in page.segmented_control if each.key.endswith("budget"))

    press(budget.set_value(10).run(), "Settle it")
    wait_for_the_end(tmp_path)
    page.run()

    assert not page.exception
    assert "10 seeds each: not clear yet" in read(page)
    assert "at most 10 seeds of each: that is what there is already" in read(page)
    assert next(button for button in page.button if button.label == "Settle it").disabled


def test_a_refusal_is_told(use):
    """What the host's limits refuse ends it with the reason, and the button stays."""
    use(ScatteringEngine(), LIMITS="epochs=5")

    page = press(open_compare(FLIP), "Settle it")

    assert not page.exception
    assert "Not settled: this host trains epochs up to 5, and this recipe has 10." in read(page)
    assert "Settle it" in list_buttons(page)


def test_where_training_is_off_there_is_no_button(use):
    """A host that lets nobody train says so where the button would be."""
    use(ScatteringEngine(), TRAINING="off")

    page = open_compare(FLIP)

    assert not page.exception
    assert "Settle it" not in list_buttons(page)
    assert "Training is off on this host" in read(page)


def test_another_visitor_has_their_own(use):
    """Somebody else's question is not theirs to stop; pressing Settle joins its runs."""
    engine = use(ScatteringEngine(hold=1))
    press(open_compare(FLIP), "Settle it")
    wait_until(lambda: engine.is_held)

    other = open_compare(FLIP)
    offered = list_buttons(other)
    press(other, "Settle it")

    assert "Stop" not in offered
    assert {2} == {len(request.visitors) for request in open_lab().scheduler.queue()}


def test_of_several_recipes_one_is_settled(use, fill):
    """With several recipes the visitor chooses which question is settled; at first one that is not clear."""
    use(ScatteringEngine())
    fill(BASELINE, 0.60, 0.61, 0.62, 0.63)
    fill(CLIPPED, 0.9, 0.91, 0.92, 0.93)

    page = open_compare(CLIPPED, FLIP)
    first = read(page)
    page.selectbox(key="question").set_value(CLIPPED.key).run()

    assert not page.exception
    assert "**flip against baseline**" in first
    assert "**gradient clipping 1 against baseline**" in read(page)
    assert "Settle it" not in list_buttons(page)


def test_the_reference_alone_asks_nothing(use):
    """Where nothing is compared with the reference there is no question."""
    use(ScatteringEngine())

    page = open_compare(BASELINE)

    assert not page.exception
    assert "against baseline" not in read(page)
    assert "Settle it" not in list_buttons(page)
