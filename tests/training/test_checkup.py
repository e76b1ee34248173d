"""The checkup on a GPU that is not there: what one fault does not hide."""

import json
import os
import subprocess
import sys

import pytest

from tricks.settings import ROOT

CHECKUP = ["-m", "tests.engines.gpu_worker", "-m", "tricks.training.checkup", "--device", "cuda"]
LAST = "no step waits for the device"  # After it come the long ones.


@pytest.mark.slow
def test_a_gpu_without_captures_has_one_fault():
    """Where no graph can be captured that is told once; all else is looked at with plain steps, as runs are trained."""
    found = {}
    environment = {**os.environ, "GPU_FAULT": "captures"}
    with subprocess.Popen([sys.executable, *CHECKUP], stdout=subprocess.PIPE, cwd=ROOT, env=environment) as checkup:
        while LAST not in found:
            line = json.loads(checkup.stdout.readline())
            if isinstance(line, dict):
                found[line["check"]] = line
        checkup.kill()

    assert {
        "device": True,
        "CUDA graphs equal plain steps": False,
        "the same run gives the same weights": True,
        "resumed equals undisturbed": True,
        LAST: None,
    } == {name: line["ok"] for name, line in found.items()}
    assert "no graph could be captured" in found["CUDA graphs equal plain steps"]["detail"]
