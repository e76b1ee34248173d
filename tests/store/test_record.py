"""A run's file, line by line: what is written reads back, and what is damaged takes nothing else with it."""

import json
import math

import pytest

from tests.fakes import MACHINE, fake_epoch, fake_result
from tests.store.lines import join_lines, read_content
from tricks.recipe.measurements import Losses, Preparing
from tricks.recipe.recipe import VERSION, Recipe
from tricks.recipe.run import Run
from tricks.store.lines import write_header, write_measurement, write_outcome
from tricks.store.record import OtherVersion, read_header
from tricks.store.writer import write_line

RUN = Run(recipe=Recipe(dataset="toy", block="residual", learning_rate=0.002), seed=7)
STARTED = "2026-01-02T03:04:05+00:00"
HEADER = write_header(RUN, MACHINE, STARTED)
FIRST = write_measurement(Losses(step=0, seconds=0.5, losses=(2.5, 2.25)))
SECOND = write_measurement(Losses(step=2, seconds=1.0, losses=(2.0, 1.75)))
THIRD = write_measurement(Losses(step=4, seconds=1.5, losses=(1.5, 1.25)))
OUTCOME = write_outcome(fake_result(), STARTED)


def test_a_header_reads_back():
    """The first line gives back the run, its machine and when it began."""
    record = read_header(json.loads(write_line(HEADER)))

    assert (RUN, MACHINE, STARTED) == (record.run, record.machine, record.started)


def test_measurements_read_back(run_file):
    """Losses, epochs and the outcome are read as they were measured."""
    record = read_content(run_file, join_lines(HEADER, FIRST, write_measurement(fake_epoch()), SECOND, OUTCOME))

    assert [2.5, 2.25, 2.0, 1.75] == list(record.losses)
    assert [fake_epoch()] == record.epochs
    assert 1.0 == record.seconds
    assert fake_result().test_accuracy == record.outcome.test_accuracy
    assert STARTED == record.outcome.finished


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_losses_that_are_no_numbers_survive(run_file, loss):
    """A loss that is not finite is written as null, and is read as not a number, with all others in their places."""
    line = write_measurement(Losses(step=2, seconds=1.0, losses=(loss, 3.0)))
    epoch = write_measurement(fake_epoch(test_loss=loss))

    record = read_content(run_file, join_lines(HEADER, FIRST, line, epoch))

    assert None is line["losses"][0]
    assert [False, False, True, False] == [math.isnan(value) for value in record.losses]
    assert math.isnan(record.epochs[0].test_loss)


def test_every_line_is_strict_json():
    """Every line can be read by programs that know no NaN, and has no line break inside."""
    lines = [HEADER, write_measurement(Losses(step=0, seconds=0.5, losses=(math.nan,))), OUTCOME]

    assert lines == [json.loads(write_line(line), parse_constant=pytest.fail) for line in lines]
    assert [1] * 3 == [write_line(line).count(b"\n") for line in lines]


def test_losses_are_rounded():
    """Losses are kept in three decimals, so that a run stays small."""
    assert [2.303] == write_measurement(Losses(step=0, seconds=0.5, losses=(2.302585,)))["losses"]


def test_preparing_is_told_until_the_first_loss(run_file):
    """While the data is being fetched the record says so, and no longer once there are losses."""
    preparing = Preparing(text="downloading CIFAR-10", fraction=0.25)

    waiting = read_content(run_file, join_lines(HEADER, write_measurement(preparing)))
    training = read_content(run_file, join_lines(HEADER, write_measurement(preparing), FIRST))

    assert preparing == waiting.preparing
    assert training.preparing is None


@pytest.mark.parametrize("damage", [b"", b"{", b"nonsense", b"\xff\xfe", b"null", b"[]", b'{"kind":"losses"}', b"{}"])
def test_a_damaged_line_leaves_the_others_at_their_steps(run_file, damage):
    """After a line that cannot be read, later losses still stand at the steps that they were measured at."""
    record = read_content(run_file, join_lines(HEADER, FIRST) + damage + b"\n" + join_lines(THIRD))

    assert [1.5, 1.25] == list(record.losses[4:])
    assert [2.5, 2.25] == list(record.losses[:2])


def test_resuming_drops_what_stood_beyond(run_file):
    """What was measured beyond the checkpoint counts no more when the training went on from it."""
    lost = [SECOND, write_measurement(fake_epoch(epoch=2, step=4)), OUTCOME]

    record = read_content(
        run_file, join_lines(HEADER, FIRST, write_measurement(fake_epoch()), *lost, {"kind": "resumed", "step": 2})
    )

    assert [2.5, 2.25] == list(record.losses)
    assert [fake_epoch()] == record.epochs
    assert record.outcome is None


def test_losses_that_are_measured_again_take_their_place(run_file):
    """The last losses of a step are those that count."""
    assert [2.0, 1.75] == list(read_content(run_file, join_lines(HEADER, FIRST, SECOND, SECOND | {"step": 0})).losses)


def test_a_line_of_a_later_kind_is_skipped(run_file):
    """A line of a kind that is not known yet is passed over."""
    record = read_content(run_file, join_lines(HEADER, {"kind": "remark", "text": "hello"}, FIRST))

    assert [2.5, 2.25] == list(record.losses)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "losses"},
        {"key": "toy,baseline-2399def8c6"},
        {"values": {}},
        {"values": {"block": "octagon"}},
        {"dataset": "mnist"},
        {"seed": -1},
    ],
    ids=str,
)
def test_a_header_that_contradicts_itself_is_refused(change):
    """A header whose recipe is not one, or does not give its key, is no header."""
    with pytest.raises(ValueError):
        read_header(HEADER | change)


def test_another_version_is_told_from_damage():
    """A header of another version of the numbers is refused as just that."""
    with pytest.raises(OtherVersion):
        read_header(HEADER | {"version": VERSION + 1})
