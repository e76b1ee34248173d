"""A Ray that a process starts for itself: runs are trained there, and nothing of it is left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.engines.clusters import RECIPE, RUNS, needs_ray, read_weights
from tests.fakes import wait_until
from tricks.settings import ROOT
from tricks.store.store import Store


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for a Ray of its own, whose sockets allow no long path."""
    folder = Path(tempfile.mkdtemp(prefix="ray"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@needs_ray
@pytest.mark.slow
def test_the_command_trains_on_ray(tmp_path, short_folder, undisturbed):
    """`python -m tricks train` starts a Ray of its own, trains there, and leaves no process behind."""
    sets = [f"--set={name}={value}" for name, value in RECIPE.values.items()]
    command = [sys.executable, "-m", "tricks", "train", "--dataset=toy", f"--cache={tmp_path}", "--seeds=2", *sets]
    environment = {**os.environ, "TRICKS_ENGINE": "ray", "TRICKS_DEVICE": "cpu", "RAY_TMPDIR": str(short_folder)}
    before = set(psutil.pids())

    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    weights = read_weights(Store(tmp_path))
    assert {run: undisturbed[run] for run in RUNS[:2]} == weights
    wait_until(lambda: not list_of_ray(set(psutil.pids()) - before, short_folder), seconds=20)


@needs_ray
@pytest.mark.slow
def test_a_killed_server_leaves_no_processes(tmp_path, short_folder):
    """When the process that uses a Ray of its own is killed, all of Ray's processes end by themselves."""
    code = f"""
import time
from pathlib import Path
from tricks.engines.ray import RayEngine
engine = RayEngine("", "cpu", Path({str(tmp_path)!r}))
engine.start()
print("ready", flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "RAY_TMPDIR": str(short_folder)}
    before = set(psutil.pids())
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert b"ready\n" == server.stdout.readline()
    begun = list_of_ray(set(psutil.pids()) - before, short_folder)

    server.send_signal(signal.SIGKILL)
    server.communicate()

    assert begun
    wait_until(lambda: not list_of_ray(set(psutil.pids()) - before, short_folder), seconds=30)


def list_of_ray(processes: set[int], folder: Path) -> list[str]:
    """The commands of those processes that belong to the Ray that lies in this folder, or to its driver."""
    found = []
    for number in processes:
        try:
            command = " ".join(psutil.Process(number).cmdline())
        except psutil.Error:
            continue
        if str(folder) in command or "tricks.engines.ray_driver" in command:
            found.append(command)
    return found
