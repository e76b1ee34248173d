"""Runs that play again: their curves, whole and to the end, and the style that uncovers them."""

import math
import re

import pytest

from tests.fakes import MACHINE, fake_epoch
from tricks.charts.colors import Sign
from tricks.charts.replay import SECONDS, Replayed, draw_replay, replay_spec, replay_table
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.record import Record


def make_run(epochs: int, end: float, label: str = "run") -> Replayed:
    """A run of so many epochs of eight steps, whose accuracy after each is a tenth of the epoch's number."""
    run = Run(recipe=Recipe(dataset="toy", epochs=epochs, batch_size=250), seed=0)
    measured = [fake_epoch(epoch=each, step=8 * each, test_accuracy=each / 10) for each in range(1, epochs + 1)]
    losses = [2.0 / (1 + step) for step in range(8 * epochs)]
    record = Record(run=run, machine=MACHINE, started="", losses=losses, epochs=measured)
    return Replayed(record=record, sign=Sign(color="#112233"), label=label, end=end)


@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_an_axis_reaches_to_the_end(measure):
    """The axis is as long as the longest run from the beginning."""
    spec = replay_spec(measure, 5)

    assert [0, 5] == spec["layer"][0]["encoding"]["x"]["scale"]["domain"]


def test_curves_reach_from_beginning_to_end():
    """Losses go on from the first step to the end of the axis, accuracies from the first epoch."""
    losses, accuracies = (replay_table([make_run(5, 5)], measure) for measure in ("loss", "accuracy"))
    test = accuracies[accuracies["series"] == "test"]

    assert (1 / 8, 5) == (losses["progress"].min(), losses["progress"].max())
    assert [1, 2, 3, 4, 5] == list(test["progress"])
    assert [0.1, 0.2, 0.3, 0.4, 0.5] == list(test["value"])


def test_a_diverged_run_is_played_as_far_as_it_came():
    """Losses that are no numbers leave a curve that ends, and no error."""
    run = make_run(5, 5)
    run.record.losses[20:] = [math.nan] * 20
    del run.record.epochs[2:]

    losses, accuracies = (replay_table([run], measure) for measure in ("loss", "accuracy"))

    assert losses["value"].notna().any()
    assert 2 == accuracies["progress"].max()
    assert "epoch 2 of 5" in draw_replay([run], "place", 1)


def test_runs_of_other_lengths_end_together():
    """Runs of other numbers of epochs are played by the share of the training, so that both end at the same moment."""
    runs = [make_run(2, 1, "short"), make_run(4, 1, "long")]

    ends = replay_table(runs, "accuracy").groupby("label")["progress"].max()

    assert {"short": 1.0, "long": 1.0} == ends.to_dict()


def test_the_words_come_with_their_epochs():
    """While it plays, a line says which epoch has been reached and how much is right then; it begins anew each time."""
    first, again = (draw_replay([make_run(4, 4, "a <b>")], "place", turn) for turn in (1, 2))

    assert ["0", "25", "50", "75", "100"] == re.findall(r"(\d+)% {content", first)
    assert "25% {content:'epoch 1 of 4, 10.0% right'}" in first
    assert f".st-key-place-loss .mark-line path {{animation:uncover-1 {SECONDS}s linear 0s backwards}}" in first
    assert ".st-key-place-accuracy .mark-line path {animation:uncover-1 7.5s linear 2.5s backwards}" in first
    assert "a &lt;b&gt;" in first
    assert first != again


def test_before_it_is_played_all_is_to_be_seen():
    """Without a press nothing is covered."""
    assert ".mark-line path {animation:none " in draw_replay([make_run(4, 4)], "place", 0)
