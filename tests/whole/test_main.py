"""The command line as a process of its own, on the real CIFAR-10."""

import json
import os
import subprocess
import sys
import time

import pytest

from tricks.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cifar10]

QUICK = ["--set", "batch_size=500", "--set", "epochs=2", "--set", "conv_width=0.5", "--set", "learning_rate=0.002"]


def start(cache, data, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "tricks", "train", "--json", "--cache", str(cache), "--data", str(data)]
    environment = {**os.environ, "TRICKS_DEVICE": "cpu"}
    return subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen) -> dict:
    output, errors = process.communicate(timeout=600)
    assert 0 == process.returncode, errors
    return json.loads(output)["runs"][0]


def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path, cifar10_folder):
    """A training of CIFAR-10 that is killed after its first epoch and started again ends with the same weights."""
    undisturbed = finish(start(tmp_path / "one", cifar10_folder, *QUICK))

    killed = start(tmp_path / "two", cifar10_folder, *QUICK)
    deadline = time.monotonic() + 300
    while not list((tmp_path / "two").glob("*.checkpoint.safetensors")):
        assert time.monotonic() < deadline and killed.poll() is None
        time.sleep(0.1)
    killed.kill()
    killed.communicate()
    resumed = finish(start(tmp_path / "two", cifar10_folder, *QUICK))

    assert undisturbed["weights_sha256"] == resumed["weights_sha256"]
    assert undisturbed["test_accuracy"] > 0.4
    assert '"resumed"' in next((tmp_path / "two").glob("*.jsonl")).read_text()


def test_a_known_seed_is_answered_at_once(tmp_path, cifar10_folder):
    """The second time, the same command answers from the cache."""
    first = finish(start(tmp_path, cifar10_folder, *QUICK, "--set", "epochs=1"))

    again = finish(start(tmp_path, cifar10_folder, *QUICK, "--set", "epochs=1"))

    assert {**first, "cached": True} == again
