"""The buttons of Train: who presses them trains, joins, waits, stops or is refused, and reads so."""

from tests.fakes import SlowEngine, wait_until
from tests.pages.reading import open_train, press, read
from tricks.lab import open_lab


def test_train_asks_for_the_next_seed_and_shows_what_is_known(engine):
    """Pressing Train adds the next seed, and the page says how many are known."""
    page = press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: not open_lab().scheduler.queue())
    page.run()

    assert not page.exception
    assert "Known: 1 seed, test accuracy **50.0%** after the last epoch (no interval yet)" in read(page)
    assert "Train seed 1" in [button.label for button in page.button]


def test_a_run_in_hand_can_be_stopped(engine):
    """While a run is trained its asker sees Stop, and pressing it ends the run."""
    slow = SlowEngine()
    engine(slow)
    page = press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)
    page.run()
    assert "in training" in read(page)

    press(page, "Stop")

    wait_until(lambda: slow.ended_early)
    wait_until(lambda: not open_lab().scheduler.queue())
    assert "Train seed 0" in [button.label for button in page.run().button]


def test_another_visitor_joins_the_run_in_hand(engine):
    """Somebody else's run of the same recipe is offered to be joined, and joining says so."""
    slow = SlowEngine()
    engine(slow)
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)

    other = press(open_train(dataset="toy"), "Join seed 0")

    assert "in training, with 1 other waiting for it" in read(other)
    assert [2] == [len(request.visitors) for request in open_lab().scheduler.queue()]


def test_five_more_seeds_are_queued_and_stopped_together(engine):
    """Five more asks for the five lowest unfinished seeds, again for the next five, and Stop ends them all."""
    slow = SlowEngine()
    engine(slow)
    page = press(open_train(dataset="toy"), "5 more seeds")
    press(page, "5 more seeds")

    assert set(range(10)) == {request.run.seed for request in open_lab().scheduler.queue()}
    assert "9 more of this recipe after it" in read(page.run())

    press(page, "Stop")

    wait_until(lambda: not open_lab().scheduler.queue())


def test_a_waiting_visitor_is_told_when(engine):
    """Who waits for a turn reads their place, and when their run probably begins and ends."""
    slow = SlowEngine()
    engine(slow)
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)

    other = press(open_train(dataset="toy", flip="true"), "Train seed 0").run()

    assert "you are next, starts in about 10 min, done in about 20 min" in read(other)


def test_too_much_is_refused_in_one_sentence(engine, monkeypatch):
    """Asking for more than the host gives queues nothing and says what is allowed; the next allowed press clears it."""
    monkeypatch.setenv("TRICKS_LIMITS", "epochs=20")
    engine(SlowEngine())
    page = press(open_train(dataset="toy", epochs="40"), "Train seed 0")

    assert "Not queued: this host trains epochs up to 20, and this recipe has 40." in read(page.run())
    assert () == open_lab().scheduler.queue()


def test_where_training_is_off_nobody_trains(engine, monkeypatch):
    """A host that only shows results has no Train button, says so, and shows all the rest."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")
    page = open_train(dataset="toy")

    assert not page.exception
    assert "Training is off on this host" in read(page)
    assert not [button for button in page.button if "seed" in button.label or button.label == "Stop"]


def test_where_only_the_signed_in_train_others_are_asked_to(engine, monkeypatch):
    """A visitor who is not signed in reads how they may train; where the host has not set that up, the page says so."""
    monkeypatch.setenv("TRICKS_TRAINING", "signed-in")
    page = open_train(dataset="toy")

    page = press(page, "Sign in to train")

    assert not page.exception
    assert "Signing in is not set up on this host" in read(page)
    assert not [button for button in page.button if "Train seed" in button.label]
