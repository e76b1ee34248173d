"""The first visit: three steps, each outlined on the page, until the visitor has had enough."""

import pytest

from tests.pages.reading import list_buttons, open_train, press


def read_tour(page) -> str:
    """What the tour says."""
    return "\n".join(one.proto.body for one in page.get("html") if " of 3 · " in one.proto.body)


@pytest.mark.parametrize(
    ("step", "words", "place"),
    [
        (1, "Switch a trick on", ".st-key-trick-batch_norm"),
        (2, "Press Train", ".st-key-train button"),
        (3, "Read the answer", "stTopNavLink"),
    ],
)
def test_a_newcomer_is_led_in_three_steps(engine, step, words, place):
    """Toggle, train, read the answer: each step says what to do, and outlines where."""
    page = open_train()

    for _ in range(1, step):
        press(page, "Next")

    assert f"{step} of 3 · " in read_tour(page)
    assert words in read_tour(page)
    assert place in read_tour(page)
    assert ("Next" in list_buttons(page)) == (step < 3)


@pytest.mark.parametrize("steps", [[], ["Next"], ["Next", "Next"]])
def test_the_tour_can_be_left_at_any_step(engine, steps):
    """One press ends it, the browser is told to remember that, and the page says its usual sentence."""
    page = open_train()
    for label in steps:
        press(page, label)

    press(page, "Done" if len(steps) == 2 else "Skip the tour")

    assert "" == read_tour(page)
    assert any("press Train" in text.value for text in page.markdown)
    assert any("tricks_toured=yes" in one.proto.body for one in page.get("html"))


def test_where_training_is_off_the_tour_tells_nobody_to_press(engine, monkeypatch):
    """On a host that only shows results the second step is another."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")

    words = read_tour(press(open_train(), "Next"))

    assert "Training is off on this host" in words
    assert "Press Train" not in words
