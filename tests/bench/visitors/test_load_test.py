"""The bench's simulated visitors: what is counted, what the report says, and a few of them on a real server."""

import math
from pathlib import Path

import pytest

from tricks.bench.report import tabulate_visitors
from tricks.bench.visitors.crowd import Crowd, Visitor, sum_counts
from tricks.bench.visitors.load_test import count_speed, find_percentile, measure_crowds, summarize_updates
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

COUNTED = {"latencies": [0.1, 0.2, 0.3, 0.6], "asked": 5, "seconds": 2.0, "intervals": [1.0, 2.0, 2.0], "errors": 1}
COUNTED |= {"charts": [5, 6, 7]}
VISIT = {"visitors": 100, "interval": 2.0, "asked_per_second": 50.0, "done_per_second": 49.5, "median": 0.025} | {
    "p95": 0.1,
    "longest": 0.75,
    "in_time": 0.995,
    "errors": 0,
    "server_share": 0.4,
    "crowd_share": 0.04,
    "machine_share": 0.22,
    "bytes_per_visitor": 2.0**19,
    "images_per_second": 1500.0,
    "speed_lost": 0.25,
}


@pytest.mark.parametrize("percent, value", [(50, 50), (95, 95), (99.5, 100), (100, 100), (1, 1)])
def test_a_percentile_is_one_of_the_values(percent, value):
    """The 95th percentile of 1 to 100 is 95."""
    assert value == find_percentile(range(100, 0, -1), percent)


def test_no_values_are_never_quick():
    """Where nothing was measured, the percentile is infinite."""
    assert math.inf == find_percentile([], 95)


def test_an_update_that_never_came_is_not_in_time():
    """Of five updates that were asked for, four came, three of them within half a second: 60%."""
    updates = summarize_updates(3, COUNTED)

    assert 0.6 == updates["in_time"]
    assert (2.5, 2.0, 2.0) == (updates["asked_per_second"], updates["done_per_second"], updates["interval"])
    assert (0.2, 0.6, 0.6) == (updates["median"], updates["p95"], updates["longest"])


def test_only_what_was_asked_while_watching_counts():
    """Updates that were asked for before all visitors were there, or after the end, are left out."""
    visitor = Visitor("")
    visitor.updates = [(0.5, 9.0), (1.5, 0.25), (2.5, 9.0)]
    visitor.asked = [0.5, 1.5, 1.75, 2.5]

    counted = sum_counts([visitor], began=1.0, ended=2.0)

    assert ([0.25], 2) == (counted["latencies"], counted["asked"])


def test_speed_is_that_of_training_alone():
    """Images per second are counted between losses, and not over the evaluation that stands between epochs."""
    lines = [
        {"kind": "losses", "seconds": 1.0, "losses": [2.0] * 7},
        {"kind": "losses", "seconds": 2.0, "losses": [2.0] * 10},
        {"kind": "epoch", "seconds": 9.0},
        {"kind": "losses", "seconds": 10.0, "losses": [2.0] * 5},
        {"kind": "losses", "seconds": 11.0, "losses": [2.0] * 20},
    ]

    assert 15 * 64 == count_speed(lines, batch_size=64)


def test_the_report_says_what_a_crowd_saw_and_cost():
    """The visitors' table has their updates, the server's costs, and what the training lost."""
    machine = {"device": "cpu", "name": "Test processor", "threads": 2, "torch": "2.15.0"}

    report = "\n".join(tabulate_visitors({"machine": machine, "cores": 2, "visits": [VISIT]}))

    assert "Test processor, 2 cores, PyTorch 2.15.0" in report
    expected = "| 100 | 2.0 s | 49.5 of 50.0 | 25 ms | 100 ms | 750 ms | 99.5% | 0 | 40% | 0.5 MiB | 22% | 25% |"
    assert expected == report.splitlines()[-1]


@pytest.mark.slow
def test_visitors_watch_a_live_run():
    """A dozen visitors over real websockets all see new charts of the same live run, and no error."""
    run = Run(recipe=Recipe(dataset="toy", epochs=200, conv_width=0.5), seed=0)
    said = []

    measured = measure_crowds(
        Path(), "cpu", said.append, run, [Crowd(visitors=12, ramp_seconds=3, seconds=6)], alone_seconds=2
    )

    visit = measured["visits"][0]
    assert 0 == visit["errors"]
    assert visit["done_per_second"] > 0
    assert visit["fewest_charts"] > 2
    assert visit["images_per_second"] > 0
