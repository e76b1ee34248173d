"""The bench: who takes part, what is counted, and what its report says. Speed itself is never asserted."""

import itertools
import json
import subprocess
import sys

import pytest
import torch

from tricks.analysis.effects import list_additions
from tricks.bench.pages.generated_runs import generate_runs, list_recipes
from tricks.bench.report import PARTS, compare_side_by_side, tabulate_all, tabulate_browser
from tricks.bench.training.ceilings import training_flops
from tricks.bench.training.contest import SLICES, WHOLE_RUN_IMAGES, Contestant, Team, enter_contestants
from tricks.bench.training.contestant import read_peak_bytes
from tricks.cli.commands import BENCH_PARTS
from tricks.images.test_set import open_test_set
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS, find_preset
from tricks.recipe.recipe import Recipe
from tricks.settings import ROOT
from tricks.store.results import gather
from tricks.store.store import Store
from tricks.store.tensors import read_predictions

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


def test_generated_predictions_are_the_runs(tmp_path):
    """The first generated recipes can be looked into: their predictions have the accuracies that their runs tell."""
    generate_runs(tmp_path, 25)
    store, labels = Store(tmp_path), open_test_set("cifar10", tmp_path).labels
    known = {one.run: read_predictions(store, one.run) for one in store.finished()}

    assert 20 == sum(classes is not None for classes in known.values())
    for one in store.finished():
        if known[one.run] is not None:
            assert one.outcome.test_accuracy == pytest.approx((known[one.run] == labels).mean())


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


def test_the_peak_on_windows_is_what_windows_says():
    """Windows has no `resource` module and no /proc: there the contestant starts too, and asks psutil."""
    code = (
        "import sys, types, psutil; sys.modules['resource'] = None\n"
        "from tricks.bench.training import contestant\n"
        "sys.platform = 'win32'\n"
        "memory = types.SimpleNamespace(memory_info=lambda: types.SimpleNamespace(peak_wset=12345))\n"
        "contestant.psutil.Process = lambda: memory\n"
        "print(contestant.read_peak_bytes())"
    )

    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True).stdout

    assert "12345\n" == said


def test_the_peak_on_a_gpu_is_the_gpu_s(monkeypatch):
    """A contestant on a GPU is measured by the memory that it took there, not by the host's."""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 2**20)

    assert 2**20 == read_peak_bytes()


def test_the_report_stands_without_a_browser():
    """Where no browser is, the training is reported all the same, and the pages are not."""
    assert tabulate_all({**MEASURED, "browser": None})
    assert [] == tabulate_browser({"browser": None})


def test_every_part_can_be_asked_for():
    """The command line offers each part of the bench that there is."""
    assert PARTS.keys() == {"all", *BENCH_PARTS}


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
