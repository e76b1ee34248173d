"""Records as tables: thinned to what a screen can show, and true to what was measured."""

import math

import numpy as np
import pytest

from tests.fakes import MACHINE, fake_epoch, finish
from tricks.charts.curves import (
    MEAN_COLUMNS,
    MOST_POINTS,
    accuracy_curves,
    loss_curve,
    mean_accuracy_curve,
    mean_loss_curve,
    smooth,
    thin,
)
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.record import Record

NOISE = np.random.default_rng(0).standard_normal(100_000)
NAN = math.nan


def record(losses=(), accuracies=(), seed: int = 0) -> Record:
    """A record with these losses, and these accuracies after its epochs."""
    epochs = [fake_epoch(epoch=number, test_accuracy=value) for number, value in enumerate(accuracies, start=1)]
    run = Run(recipe=Recipe(), seed=seed)
    return Record(run=run, machine=MACHINE, started="", losses=list(losses), epochs=epochs)


@pytest.mark.parametrize("count", [0, 1, 2, MOST_POINTS])
def test_few_values_are_all_kept(count):
    """A curve that fits the screen keeps every value."""
    assert list(range(count)) == list(thin(NOISE[:count]))


@pytest.mark.parametrize("count", [MOST_POINTS + 1, 1000, 7820, 100_000])
def test_many_values_are_thinned(count):
    """A curve has no more points than a screen can show, in their order."""
    places = thin(NOISE[:count])

    assert MOST_POINTS / 3 < len(places) <= MOST_POINTS
    assert sorted(set(places)) == list(places)


def test_thinning_keeps_extremes_and_ends():
    """The first, the last, the lowest and the highest value are always shown."""
    places = thin(NOISE)

    assert {0, len(NOISE) - 1, int(NOISE.argmin()), int(NOISE.argmax())} <= set(places)


def test_a_single_spike_stays_visible():
    """One value among thousands that stands out is shown, wherever it is."""
    for place in (1, 777, 9_998):
        values = np.zeros(10_000)
        values[place] = 9.0

        assert place in thin(values)


@pytest.mark.parametrize("values", [[NAN] * 2000, [1.0] * 1000 + [NAN] * 1000, [math.inf, NAN] * 1000])
def test_values_that_are_no_numbers_are_thinned(values):
    """The losses of a diverged run are thinned like others, and its numbers stay visible."""
    places = thin(values)

    assert (0, 1999) == (places[0], places[-1])
    assert len(places) <= MOST_POINTS


@pytest.mark.parametrize("steps", [1, 100, 7820])
def test_smoothing_leaves_a_constant(steps):
    """The smoothed course of a constant is that constant, from the first value on."""
    assert [0.7] * 500 == pytest.approx(smooth([0.7] * 500, steps))


def test_smoothing_follows_the_mean():
    """The smoothed course begins with the first value, stays between the extremes, and moves less than they do."""
    smoothed = smooth(NOISE[:5000], 5000)

    assert NOISE[0] == smoothed[0]
    assert smoothed[1000:].std() < NOISE[:5000].std() / 5
    assert abs(smoothed[-1]) < 0.5


def test_a_loss_curve_has_every_step_and_its_smoothed_course():
    """The table has each loss at its step, raw and smoothed."""
    table = loss_curve(record([2.0, 1.0, 3.0]), steps=10)

    assert [0, 1, 2, 0, 1, 2] == list(table["step"])
    assert ["every step"] * 3 + ["smoothed"] * 3 == list(table["series"])
    assert [2.0, 1.0, 3.0] == list(table["loss"][:3])
    assert list(smooth([2.0, 1.0, 3.0], 10)) == list(table["loss"][3:])


def test_a_loss_curve_fits_the_page():
    """Raw and smoothed together are at most twice what a screen can show, after any number of steps."""
    assert len(loss_curve(record(NOISE), steps=100_000)) <= 2 * MOST_POINTS


@pytest.mark.parametrize("unknown", [None, record()], ids=["no record", "no losses"])
def test_nothing_measured_is_an_empty_table(unknown):
    """Before the first loss the table has its columns and no rows."""
    table = loss_curve(unknown, steps=10)

    assert (0, ["step", "loss", "series"]) == (len(table), list(table.columns))


def test_a_mean_loss_lies_between_its_seeds():
    """The mean loss of two constant seeds is the middle, along all steps."""
    table = mean_loss_curve([record([1.0] * 50), record([2.0] * 50)], steps=50, series="baseline")

    assert [1.5] * len(table) == pytest.approx(list(table["loss"]))
    assert (0, 50) == (table["step"].min(), table["step"].max())
    assert {"baseline"} == set(table["series"])


@pytest.mark.parametrize("records", [[], [record()]], ids=["no records", "no losses"])
def test_no_losses_have_no_mean(records):
    """Without losses the mean curve has its columns and no rows."""
    table = mean_loss_curve(records, steps=10, series="baseline")

    assert (0, ["step", "loss", "series"]) == (len(table), list(table.columns))


def test_a_run_that_ended_early_is_not_stretched():
    """A seed that diverged halfway has its losses at the steps that it took, and none beyond."""
    whole, half = record(range(1000)), record(range(500))

    mean = mean_loss_curve([whole, half], steps=1000, series="baseline")
    alone = mean_loss_curve([whole], steps=1000, series="baseline")

    assert list(alone["loss"][:100]) == pytest.approx(list(mean["loss"][:100]), abs=5)


def test_an_accuracy_curve_has_every_epoch():
    """The table has the test accuracy after every epoch, with the seed."""
    table = accuracy_curves([record(accuracies=[0.25, 0.5], seed=7)], "this run")

    assert [1, 2] == list(table["epoch"])
    assert [0.25, 0.5] == list(table["accuracy"])
    assert {("this run", "7")} == set(zip(table["series"], table["seed"], strict=True))


def test_a_mean_accuracy_has_its_range():
    """Over seeds there are mean, lowest and highest accuracy, and how many seeds got so far."""
    table = mean_accuracy_curve([record(accuracies=[0.25, 0.5]), record(accuracies=[0.75])], "baseline")

    assert [0.5, 0.5] == list(table["mean"])
    assert [(0.25, 0.75), (0.5, 0.5)] == list(zip(table["low"], table["high"], strict=True))
    assert [2, 1] == list(table["count"])


def test_a_diverged_seed_stays_in_the_mean():
    """A training that ended early because it diverged counts to the last epoch with the accuracy that it has."""
    diverged = record(accuracies=[0.5], seed=1)
    diverged.outcome = finish(Recipe(), 1, 0.1, diverged=True).outcome

    table = mean_accuracy_curve([record(accuracies=[0.7, 0.9]), diverged], "mean")

    assert [0.6, 0.5] == pytest.approx(list(table["mean"]))
    assert ([2, 2], [0.5, 0.1]) == (list(table["count"]), list(table["low"]))


def test_an_epoch_knows_when_it_was():
    """Accuracy can be drawn by epoch, by optimiser step, or by seconds, of which the median over seeds counts."""
    epochs = [[fake_epoch(step=782, seconds=seconds)] for seconds in (10.0, 14.0, 100.0)]
    records = [
        Record(run=Run(recipe=Recipe(), seed=seed), machine=MACHINE, started="", epochs=epochs[seed])
        for seed in (0, 1, 2)
    ]

    table = mean_accuracy_curve(records, "baseline")

    assert [(1, 782, 14.0)] == list(zip(table["epoch"], table["step"], table["seconds"], strict=True))
    assert [14.0] == list(accuracy_curves(records[1:2], "this run")["seconds"])


@pytest.mark.parametrize("records", [[], [record()], [None]], ids=["no records", "no epochs", "nothing"])
def test_no_epochs_have_no_mean(records):
    """Without epochs the mean accuracy has its columns and no rows."""
    table = mean_accuracy_curve(records, "baseline")

    assert (0, MEAN_COLUMNS) == (len(table), list(table.columns))
