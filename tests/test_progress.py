"""Durations, forecasts, and the lines that a terminal shows."""

from dataclasses import replace

import pytest

from tests.conftest import MACHINE, FakeEngine, fake_epoch, fake_result
from tests.test_results import finish
from tricks.progress import estimate_seconds, estimate_work, say_duration, show_progress
from tricks.recipe import Recipe
from tricks.run import Losses, Preparing, Run, Working

RUN = Run(recipe=Recipe(dataset="toy", batch_size=2000, epochs=4), seed=3)  # Four steps.
OTHER_MACHINE = replace(MACHINE, name="Other processor")
LONGER = Recipe(epochs=20)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (1.4, "1 s"),
        (89, "89 s"),
        (90, "2 min"),
        (600, "10 min"),
        (89 * 60, "89 min"),
        (5400, "1.5 h"),
        (86400, "24.0 h"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds, words):
    """A duration is in seconds, minutes or hours, with no more digits than mean something."""
    assert words == say_duration(seconds)


def test_a_trained_recipe_takes_what_it_took():
    """A recipe that this machine has trained takes the median of its runs."""
    finished = [finish(Recipe(), seed, seconds=seconds) for seed, seconds in enumerate([10, 90, 20])]

    assert (20, "this machine") == estimate_seconds(finished, Recipe(), MACHINE)


def test_another_recipe_takes_in_proportion_to_its_work():
    """A recipe that was never trained takes as long as others did for as many products."""
    finished = [finish(Recipe(), 0, seconds=10)]

    assert (pytest.approx(20), "this machine") == estimate_seconds(finished, LONGER, MACHINE)


def test_this_machine_s_runs_count_more_than_another_s():
    """Where this machine has trained anything, a faster machine's runs of the recipe do not count."""
    finished = [finish(Recipe(), 0, seconds=10), replace(finish(LONGER, 0, seconds=1), machine=OTHER_MACHINE)]

    assert (pytest.approx(20), "this machine") == estimate_seconds(finished, LONGER, MACHINE)


@pytest.mark.parametrize("machine", [OTHER_MACHINE, None], ids=["another", "unknown"])
def test_another_machine_is_named(machine):
    """Where only another machine has trained, the forecast is that machine's, and says so."""
    finished = [finish(Recipe(), 0, seconds=10)]

    assert (10, MACHINE.title) == estimate_seconds(finished, Recipe(), machine)


def test_a_forecast_is_that_of_the_machine_it_names():
    """With runs of several other machines, the forecast is one of theirs, not a mixture."""
    slow = replace(finish(Recipe(), 1, seconds=1000), machine=OTHER_MACHINE)
    known = {MACHINE.title: 10, OTHER_MACHINE.title: 1000}

    seconds, where = estimate_seconds([finish(Recipe(), 0, seconds=10), slow], Recipe(), None)

    assert known[where] == seconds


def test_nothing_known_is_no_forecast():
    """An empty cache forecasts nothing."""
    assert (None, "") == estimate_seconds([], Recipe(), MACHINE)


def test_work_grows_with_epochs_images_and_layers():
    """Twice the epochs is twice the work, the toy set is a 25th of CIFAR-10's, and more layers are more."""
    assert 2 * estimate_work(Recipe()) == estimate_work(LONGER)
    assert estimate_work(Recipe()) == 25 * estimate_work(Recipe(dataset="toy"))
    assert estimate_work(Recipe()) < estimate_work(Recipe(block="double"))


def test_a_file_gets_one_line_an_epoch(capsys):
    """Where stderr is no terminal, there is one line an epoch, and nothing on stdout."""
    losses = Losses(step=0, seconds=1.0, losses=(2.0,))
    epochs = [fake_epoch(epoch=number, test_accuracy=number / 10) for number in (1, 2)]

    show_progress(RUN, [MACHINE, Preparing(text="reading"), Working(), losses, *epochs, fake_result()])

    output = capsys.readouterr()
    assert "" == output.out
    assert [
        "seed 3, epoch 1: test accuracy 10.0%, 1000 images/s",
        "seed 3, epoch 2: test accuracy 20.0%, 1000 images/s",
    ] == output.err.splitlines()


@pytest.fixture
def terminal(capsys, monkeypatch):
    """Makes stderr a terminal; gives what one can read there after a training, line by moving line."""

    def show(*measurements) -> list[str]:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        show_progress(RUN, measurements)
        return capsys.readouterr().err.split("\r\x1b[K")[1:]

    return show


def test_a_terminal_shows_how_far_and_how_long(terminal):
    """On a terminal one line moves, with the share that is done, the time that is left and the last loss."""
    [line] = terminal(Losses(step=0, seconds=30.0, losses=(2.5, 2.25)))

    assert "seed 3 [##########          ]  50%, 30 s left, loss 2.250" == line


def test_a_terminal_remembers_the_last_accuracy(terminal):
    """The moving line has the last epoch's test accuracy."""
    *_, line = terminal(fake_epoch(test_accuracy=0.5), Losses(step=2, seconds=3.0, losses=(2.0, 1.0)))

    assert line.endswith("100%, 1 s left, loss 1.000, epoch 1: test accuracy 50.0%")


def test_a_terminal_tells_what_is_fetched(terminal):
    """While the data is fetched the line says so, with the share when it is known."""
    lines = terminal(Preparing(text="downloading", fraction=0.25), Preparing(text="reading"))

    assert ["seed 3: downloading 25%", "seed 3: reading"] == lines


def test_a_terminal_is_left_clean(terminal):
    """After the result the moving line is empty."""
    *_, line = terminal(*FakeEngine().train(RUN, None))

    assert "" == line


def test_a_diverged_run_is_followed(terminal):
    """A loss that is no number does not end the display."""
    [line] = terminal(Losses(step=0, seconds=1.0, losses=(float("nan"),)))

    assert line.endswith("loss nan")
