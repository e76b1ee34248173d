"""A worker process keeps to its threads, gives memory back, and does not outlive its parent."""

import platform
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.engines.workers import is_alive, list_work
from tests.fakes import wait_until
from tricks.engines.local import LocalEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT

# Starts an engine, prints its worker's id in the middle of a run, and goes on until it is killed.
PARENT = """
import sys
from pathlib import Path
from tricks.engines.local import LocalEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.measurements import Losses
from tricks.recipe.run import Run
engine = LocalEngine("cpu", Path(sys.argv[1]))
recipe = Recipe(dataset="toy", epochs=200, conv_width=0.125)
for measurement in engine.train(Run(recipe=recipe, seed=0), None, threads=1):
    if isinstance(measurement, Losses) and measurement.step == 0:
        print(engine.process, flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
def test_orphaned_worker(tmp_path):
    """A worker whose parent is killed in the middle of a run ends itself within three seconds."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, cwd=ROOT)
    worker = int(parent.stdout.readline())
    was_alive = is_alive(worker)

    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 3
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert was_alive
    assert not is_alive(worker)


def test_the_worker_keeps_to_the_threads_it_is_given(tmp_path, monkeypatch):
    """OMP_NUM_THREADS=1 is kept by the engine and by the worker that it starts."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    engine = LocalEngine("cpu", tmp_path)

    engine.start()

    assert (1, 1) == (engine.machine.threads, engine.capacity.alone)
    engine.stop()


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc, which can give freed memory back")
def test_memory_is_back_after_each_run(tmp_path, toy_recipe):
    """However much a run took, once it has ended the worker holds what it held before."""
    engine = LocalEngine("cpu", tmp_path)
    list_work(engine, Run(recipe=toy_recipe, seed=0))
    worker, megabyte = psutil.Process(engine.process), 2**20
    before, most = worker.memory_info().rss, 0

    for _ in engine.train(Run(recipe=Recipe(dataset="toy", epochs=1, batch_size=1000), seed=0), None, threads=1):
        most = max(most, worker.memory_info().rss)

    assert most > before + 300 * megabyte
    wait_until(lambda: worker.memory_info().rss < before + 50 * megabyte, seconds=20)
    engine.stop()
