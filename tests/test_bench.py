"""The bench: who takes part, what is counted, and what its report says. Speed itself is never asserted."""

import json
import subprocess
import sys

import pytest

from tricks.bench.ceilings import training_flops
from tricks.bench.contest import SLICES, WHOLE_RUN_IMAGES, Contestant, Team, enter_contestants
from tricks.bench.pages import generate_runs
from tricks.bench.report import tabulate
from tricks.network import count_parameters, describe_network
from tricks.presets import find_preset
from tricks.recipe import Recipe
from tricks.results import gather
from tricks.settings import ROOT
from tricks.store import Store

SCORE = {"network": "baseline", "name": "ours float32", "images_per_second": 3000.0, "ratio": 2.0}
MEASURED = {
    "machine": {"device": "cpu", "name": "Test processor", "threads": 2, "torch": "2.15.0"},
    "ceilings": {"float32_flops": 2e11, "bfloat16_flops": 4e11, "copied_bytes": 1e10},
    "training": [SCORE | {"whole_run_seconds": 166.7, "peak_bytes": 2**30, "share_of_ceiling": 0.7}],
    "browser": {
        "click_to_first_loss": {"toy": 0.25, "cifar10": 0.5},
        "pages": {"1000": {"first visit": 1.0, "toggle": 0.25, "compare": 2.0}},
    },
}


def test_every_network_has_the_blogs_way_and_ours():
    """Each network is trained the blog's way, and ours in both precisions, alone and side by side."""
    names = {(one.network, one.way, one.precision, one.processes) for one in enter_contestants()}

    for network in ("baseline", "residual"):
        assert (network, "blog", "float32", 1) in names
        for precision in ("float32", "bfloat16"):
            assert {(network, "ours", precision, 1), (network, "ours", precision, 2)} <= names


def test_a_step_of_the_baseline_is_counted_by_hand():
    """Training an image is three forward passes, less the input's gradient of the first convolution."""
    assert 3 * 16_057_600 - 2 * 3 * 9 * 32 * 32 * 32 == training_flops(Recipe())


@pytest.mark.parametrize("network", ["baseline", "residual"])
def test_the_textbook_network_is_ours(network):
    """The network that the others train has exactly our parameters."""
    from tricks.bench.ways import build_textbook

    expected = count_parameters(describe_network(Recipe(**find_preset(network).values)))

    assert expected == sum(parameter.numel() for parameter in build_textbook(network).parameters())


def test_generated_runs_are_runs(tmp_path):
    """The caches that the pages are timed on are read like any other."""
    generate_runs(tmp_path, 25)

    results = gather(Store(tmp_path).finished())

    assert [10, 10, 5] == sorted((len(each.runs) for each in results.values()), reverse=True)
    assert Recipe().key in results


def test_the_report_names_machine_and_medians():
    """The report is a table with the machine's name, each way's speed and ratio, and the times of the pages."""
    report = "\n".join(tabulate(json.loads(json.dumps(MEASURED))))

    assert "Test processor, 2 threads, PyTorch 2.15.0" in report
    assert "| baseline | ours float32 | 3,000 | 2.00 | 167 s | 1,024 MiB | 70% |" in report
    assert "Click to first loss: 0.25 s (toy set), 0.50 s (CIFAR-10)." in report
    assert "| 1,000 | 1.00 s | 0.25 s | 2.00 s |" in report


def test_the_peak_is_the_process_own():
    """A contestant's memory is counted from its own start, whatever its parent had needed."""
    ballast = bytearray(300 * 2**20)
    code = "from tricks.bench.contestant import read_peak_bytes; print(read_peak_bytes())"

    peak = int(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)

    assert len(ballast) > peak > 2**20


def test_the_report_stands_without_a_browser():
    """Where no browser is, the training is reported all the same."""
    assert tabulate({**MEASURED, "browser": None})


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
