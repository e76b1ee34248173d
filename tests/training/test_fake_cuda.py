"""The whole of a training on fake CUDA tensors: no two devices are ever mixed."""

import json
import subprocess
import sys

import pytest

from tricks.recipe.recipe import TRICKS
from tricks.settings import ROOT

FRESH = ["GraphCheck", "Heartbeat", "Losses", "Epoch", "Checkpoint", "Result"]


Answers = list[tuple[dict, bool, list]]


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Of every case: its values, whether by graphs, and what it yields; a process of its own trains them all."""
    command = [sys.executable, "-m", "tests.training.fake_cuda"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert 0 == done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", [None, *TRICKS])
def test_everything_is_on_the_gpu(answers, name):
    """Baseline and every value of every trick train on a GPU, fresh and resumed, and all tensors meet there."""
    cases = [(values, fresh, *resumed) for values, _, (fresh, *resumed) in answers if next(iter(values), None) == name]

    assert cases
    for values, fresh, *resumed in cases:
        assert FRESH == fresh
        assert [[kind for kind in FRESH if kind != "Checkpoint" or "epochs" in values]] == resumed


def test_plain_steps_are_among_the_cases(answers):
    """The walk takes plain steps as well as graphs."""
    assert {True, False} == {graph for _, graph, _ in answers}
