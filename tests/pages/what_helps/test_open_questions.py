"""What is not known on What helps? is measured or settled by a press, or refused in a sentence."""

from tests.pages.reading import list_buttons, press, read
from tests.pages.what_helps.reading import BASELINE, FLIP, open_answers
from tricks.lab import open_lab
from tricks.scheduling.limits import LimitExceeded


def test_a_trick_is_measured_by_one_press(fill):
    """The button of a trick asks for what an interval needs of both sides, and then says that it is in the queue."""
    fill(BASELINE, *[0.5] * 2)

    page = press(open_answers(), "flip: about 4 s")

    asked = {(request.run.recipe, request.run.seed) for request in open_lab().scheduler.queue()}
    assert {(BASELINE, 2), (FLIP, 0), (FLIP, 1), (FLIP, 2)} == asked
    assert "flip: in the queue" in [button.label for button in page.button]


def test_many_hours_are_asked_for_twice(monkeypatch, fill):
    """What takes more than an hour is queued at a second word, which says who can stop it and where, or not at all."""
    monkeypatch.setattr("tricks.pages.shared.missing_runs.MUCH_SECONDS", 2.0)
    fill(BASELINE, *[0.5] * 3)
    page = press(open_answers(), "flip: about 3 s")
    asked = read(page)

    press(page, "No")
    refused = open_lab().scheduler.queue(), list_buttons(page)
    press(press(page, "flip: about 3 s"), "Yes, queue 3 runs")

    assert "That is 3 runs, about 3 s of training on this host" in asked
    assert "*Stop all mine* on [Train](./), and the host with `python -m tricks stop all`" in asked
    assert not refused[0] and "Yes, queue 3 runs" not in refused[1]
    assert 3 == len(open_lab().scheduler.queue())
    assert not page.exception


def test_a_question_is_settled_where_it_stands(fill):
    """A trick that is not clear yet is chosen, and offered to be settled; while that goes on the page shows it."""
    fill(BASELINE, 0.5, 0.6, 0.55)
    fill(FLIP, 0.5, 0.65, 0.55)
    page = open_answers()

    page.pills(key="unclear-one").set_value(FLIP.key).run()
    press(page, "Settle it")

    assert not page.exception
    assert "flip against baseline" in read(page)
    assert "Stop" in list_buttons(page)
    assert "Stop" in list_buttons(page.run())


def test_more_seeds_of_all_are_out_of_the_way(fill):
    """Whoever wants more seeds of everything opens that part."""
    fill(BASELINE, *[0.5] * 4)
    page = open_answers()

    assert "ask-missing" not in [button.key for button in page.button]
    page.expander(key="more-seeds")


def test_a_refusal_is_one_sentence(monkeypatch, fill):
    """What the host does not take is said with how many runs it took, and the page stands."""
    fill(BASELINE, *[0.5] * 3)
    page = open_answers()

    def refuse(run, visitor):
        raise LimitExceeded("this host gives each visitor 10 minutes at a time")

    monkeypatch.setattr(open_lab().scheduler, "ask", refuse)
    press(page, "flip: about 3 s")

    assert not page.exception
    assert "0 of 3 runs were queued: this host gives each visitor 10 minutes at a time." in read(page)


def test_a_host_without_training_offers_none(monkeypatch):
    """Where training is off, what is not measured is named and cannot be asked for."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")

    page = open_answers()

    assert "Training is off on this host" in read(page)
    assert "stride pooling, average head" in read(page)
    assert [] == list(page.button)
