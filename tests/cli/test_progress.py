"""Durations, forecasts, and the lines that a terminal shows."""

import pytest

from tests.fakes import MACHINE, FakeEngine, fake_epoch, fake_result
from tricks.cli.progress import format_duration, show_progress
from tricks.recipe.measurements import Heartbeat, Losses, Preparing
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

RUN = Run(recipe=Recipe(dataset="toy", batch_size=2000, epochs=4), seed=3)  # Four steps.


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
    assert words == format_duration(seconds)


def test_a_file_gets_one_line_an_epoch(capsys):
    """Where stderr is no terminal, there is one line an epoch, and nothing on stdout."""
    losses = Losses(step=0, seconds=1.0, losses=(2.0,))
    epochs = [fake_epoch(epoch=number, test_accuracy=number / 10) for number in (1, 2)]

    measurements = [MACHINE, Preparing(text="reading"), Heartbeat(), losses, *epochs, fake_result()]
    show_progress([RUN], [(RUN, one) for one in measurements])

    output = capsys.readouterr()
    assert "" == output.out
    assert [
        "seed 3, epoch 1: test accuracy 10.0%, 1000 images/s",
        "seed 3, epoch 2: test accuracy 20.0%, 1000 images/s",
    ] == output.err.splitlines()


@pytest.fixture
def terminal(capsys, monkeypatch):
    """Makes stderr a terminal; gives what one can read there after a training, line by moving line."""

    def show(*measurements, columns: int = 100) -> list[str]:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        show_progress([RUN], [(RUN, one) for one in measurements])
        return capsys.readouterr().err.split("\r\x1b[K")[1:-1]  # In the end the line is cleared.

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


@pytest.mark.parametrize("columns", [20, 50])
def test_the_line_fits_the_terminal(terminal, monkeypatch, columns):
    """The moving line is no longer than the terminal is wide: a line that breaks cannot move."""
    [line] = terminal(Losses(step=0, seconds=30.0, losses=(2.5, 2.25)), columns=columns)

    assert columns - 1 == len(line)
    assert "seed 3 [##########          ]  50%, 30 s left, loss 2.250".startswith(line[:-1])


def test_a_terminal_says_what_is_waited_for(terminal, monkeypatch):
    """While another process has the device the line says so, and for how long."""
    monkeypatch.setattr("time.monotonic", iter(range(0, 1000, 100)).__next__)

    lines = terminal(Heartbeat(text="Waiting for a device"), Heartbeat(text="Waiting for a device"), Heartbeat())

    assert ["seed 3: waiting for a device", "seed 3: waiting for a device, 2 min so far"] == lines[:2]
    assert lines[2].startswith("seed 3: waited ")


def test_a_terminal_is_left_clean(terminal):
    """After the result the moving line is empty."""
    *_, line = terminal(*FakeEngine().train(RUN, None))

    assert "" == line


def test_a_diverged_run_is_followed(terminal):
    """A loss that is no number does not end the display."""
    [line] = terminal(Losses(step=0, seconds=1.0, losses=(float("nan"),)))

    assert line.endswith("loss nan")
