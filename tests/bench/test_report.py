"""The bench: who takes part, what is counted, and what its report says. Speed itself is never asserted."""

import itertools
import json
import subprocess
import sys

import pytest
import torch

from tricks.analysis.effects import list_additions
from tricks.bench.pages.generated_runs import generate_runs, list_recipes
from tricks.bench.report import PARTS, compare_side_by_side, tabulate_all, tabulate_browser, tabulate_levers
from tricks.bench.training.ablation import FLOAT32_LEVERS, LADDER, NOT_TAKEN, build_network, levers_of
from tricks.bench.training.ceilings import training_flops
from tricks.bench.training.contest import SLICES, WHOLE_RUN_IMAGES, Contestant, Team, enter_contestants
from tricks.cli.commands import BENCH_PARTS
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS, find_preset
from tricks.recipe.recipe import Recipe
from tricks.settings import ROOT
from tricks.store.results import gather
from tricks.store.store import Store

SCORE = {"network": "baseline", "name": "ours float32", "images_per_second": 3000.0, "ratio": 2.0}
MEASURED = {
    "machine": {"device": "cpu", "name": "Test processor", "threads": 2, "torch": "2.15.0"},
    "ceilings": {"float32_flops": 2e11, "bfloat16_flops": 4e11, "copied_bytes": 1e10},
    "training": [SCORE | {"whole_run_seconds": 166.7, "peak_bytes": 2**30, "share_of_ceiling": 0.7}],
    "growth": {
        "step": {"first quarter": 0.02, "last quarter": 0.021},
        "live_chart_tick": {"100": 0.001, "10000": 0.002},
        "new_result": {"10": 0.001, "10000": 0.1},
    },
    "browser": {
        "click_to_first_loss": {"toy": 0.25, "cifar10": 0.5},
        "pages": {"1000": {"Train": {"first visit": 1.0, "a toggle": 0.25}, "Compare": {"first visit": 2.0}}},
    },
}


def test_every_network_has_the_blogs_way_and_ours():
    """Each network is trained the blog's way, and ours in both precisions, alone and side by side."""
    names = {(one.network, one.way, one.precision, one.processes) for one in enter_contestants()}

    for network in ("baseline", "residual"):
        assert (network, "blog", "float32", 1) in names
        for precision in ("float32", "bfloat16"):
            assert {(network, "ours", precision, 1), (network, "ours", precision, 2)} <= names


def test_side_by_side_is_compared_with_one_after_the_other():
    """What two side by side bring is told against runs with all threads, and against runs with one."""
    names = {"ours float32": 2000.0, "ours float32, 2 side by side": 2500.0, "ours float32, one thread": 1600.0}
    scores = [SCORE | {"name": name, "images_per_second": speed} for name, speed in names.items()]

    lines = compare_side_by_side(scores)

    assert set(names) == {one.name for one in enter_contestants() if one.way == "ours" and one.precision == "float32"}
    assert [
        "Side by side, baseline ours float32: 1.25 times runs with all threads one after the other, 1.56 times runs"
        " with one thread."
    ] == lines


def test_a_step_of_the_baseline_is_counted_by_hand():
    """Training an image is three forward passes, less the input's gradient of the first convolution."""
    assert 3 * 16_057_600 - 2 * 3 * 9 * 32 * 32 * 32 == training_flops(Recipe())


@pytest.mark.parametrize("network", ["baseline", "residual"])
def test_the_textbook_network_is_ours(network):
    """The network that the others train has exactly our parameters."""
    from tricks.bench.training.loops import build_textbook

    expected = count_parameters(describe_network(Recipe(**find_preset(network).values)))

    assert expected == sum(parameter.numel() for parameter in build_textbook(network).parameters())


def test_generated_runs_are_runs(tmp_path):
    """The caches that the pages are timed on are read like any other."""
    generate_runs(tmp_path, 25)

    results = gather(Store(tmp_path).finished())

    assert [10, 10, 5] == sorted((len(each.runs) for each in results.values()), reverse=True)
    assert Recipe().key in results


def test_generated_runs_answer_what_the_pages_ask(tmp_path):
    """A cache of a thousand generated runs has every effect that is asked about at first, and the blog's settings."""
    recipes = {recipe.key for recipe in itertools.islice(list_recipes(), 100)}

    asked = [change.recipe for change in list_additions(Recipe())] + [Recipe(**one.values) for one in PRESETS.values()]

    assert 100 == len(recipes)
    assert {recipe.key for recipe in asked} <= recipes


def test_the_report_names_machine_and_medians():
    """The report is a table with the machine's name, each way's speed and ratio, and the times of the pages."""
    report = "\n".join(tabulate_all(json.loads(json.dumps(MEASURED))))

    assert "Test processor, 2 threads, PyTorch 2.15.0" in report
    assert "| baseline | ours float32 | 3,000 | 2.00 | 167 s | 1,024 MiB | 70% |" in report
    assert "Click to first loss: 0.25 s (toy set), 0.50 s (CIFAR-10)." in report
    assert "| Train | a toggle | 0.25 s |" in report
    assert "| Compare | first visit | 2.00 s |" in report
    assert "A tick of the live chart: 1.0 ms at step 100, 2.0 ms at step 10,000." in report
    assert "Reading a new result: 1 ms beside 10, 100 ms beside 10,000 cached ones." in report


def test_the_peak_is_the_process_own():
    """A contestant's memory is counted from its own start, whatever its parent had needed."""
    ballast = bytearray(300 * 2**20)
    code = "from tricks.bench.training.contestant import read_peak_bytes; print(read_peak_bytes())"

    peak = int(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)

    assert len(ballast) > peak > 2**20


def test_the_report_stands_without_a_browser():
    """Where no browser is, the training is reported all the same, and the pages are not."""
    assert tabulate_all({**MEASURED, "browser": None})
    assert [] == tabulate_browser({"browser": None})


def test_every_part_can_be_asked_for():
    """The command line offers each part of the bench that there is."""
    assert PARTS.keys() == {"all", *BENCH_PARTS}


def test_a_rung_has_its_lever_and_all_before_it():
    """On the ladder each rung adds one lever to the one before; what was not taken is added to all of float32's."""
    sizes = [len(levers_of(name)) for name in ("none", *LADDER)]

    assert list(range(len(LADDER) + 1)) == sizes
    for name in NOT_TAKEN:
        assert {name, *FLOAT32_LEVERS} == levers_of(name)


@pytest.mark.parametrize("pooled", ["before", "after"])
def test_a_rung_trains_our_network(pooled):
    """With or without pooling first, the rungs train exactly the baseline's parameters, to the same outputs."""
    levers = frozenset({"pool-first"}) if pooled == "before" else frozenset()
    torch.manual_seed(0)
    plain = build_network(frozenset())
    torch.manual_seed(0)
    network = build_network(levers)
    inputs = torch.rand(4, 3, 32, 32)

    assert count_parameters(describe_network(Recipe())) == sum(one.numel() for one in network.parameters())
    assert torch.equal(plain(inputs), network(inputs))


def test_what_a_lever_brings_is_in_the_table():
    """The levers' table has each speed, and its growth over the rung before; what was not taken stands apart."""
    rungs = [
        {"name": "none", "about": "the blog's way", "taken": True, "images_per_second": 1000.0, "brought": 1.0},
        {"name": "tensors", "about": "tensors", "taken": True, "images_per_second": 1250.0, "brought": 1.25},
        {"name": "compile", "about": "compiled", "taken": False, "images_per_second": 900.0, "brought": 0.9},
    ]

    report = "\n".join(tabulate_levers({"machine": MEASURED["machine"], "levers": rungs}))

    assert "| the blog's way | 1,000 |  |\n| tensors | 1,250 | +25% |" in report
    assert "not taken | images/s | brought |\n|---|---:|---:|\n| compiled | 900 | -10% |" in report


@pytest.mark.slow
@pytest.mark.cifar10
def test_two_processes_count_together(cifar10_folder, monkeypatch):
    """Processes side by side are one contestant, whose images are added up."""
    monkeypatch.setitem(SLICES, "baseline", 640)
    team = Team(Contestant(way="ours", network="baseline", precision="float32", processes=2), cifar10_folder, "cpu")

    speed, peak = team.take_turn()
    team.leave()

    assert 0 < speed < WHOLE_RUN_IMAGES
    assert peak > 2**20
