"""`train` with several seeds, on real workers."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.engines.workers import list_work
from tricks.cli.main import main
from tricks.engines.local import LocalEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT
from tricks.store.store import Store

VALUES = {"epochs": 1, "conv_width": 0.125, "flip": True, "dense_dropout": 0.2, "batch_size": 100}
TRAIN = ("train", "--dataset", "toy", "--device", "cpu", "--json")
pytestmark = pytest.mark.usefixtures("folders")


def list_options(values: dict) -> list[str]:
    """The recipe as arguments."""
    return [word for name, value in values.items() for word in ("--set", f"{name}={str(value).lower()}")]


@pytest.mark.slow
def test_seeds_side_by_side_keep_their_bits(tmp_path, capsys):
    """Six seeds that `train` trains side by side end with the weights of six one after the other on one thread."""
    engine = LocalEngine("cpu", tmp_path)
    runs = [Run(recipe=Recipe(dataset="toy", **VALUES), seed=seed) for seed in range(6)]
    expected = [list_work(engine, run)[-1].weights_sha256 for run in runs]
    engine.stop()

    code = main([*TRAIN, "--seeds", "6", *list_options(VALUES)])

    rows = json.loads(capsys.readouterr().out)["runs"]
    assert 0 == code
    assert list(range(6)) == [row["seed"] for row in rows]
    assert expected == [row["weights_sha256"] for row in rows]
    store = Store(tmp_path / "cache")
    assert {1} == {store.find(run).machine.threads for run in runs}


@pytest.mark.slow
def test_interrupted_seeds_go_on(tmp_path):
    """Ctrl-C leaves all seeds that were in hand to be resumed, and says so in the document, in the order of seeds."""
    command = [
        sys.executable,
        "-m",
        "tricks",
        *TRAIN,
        "--seeds",
        "2",
        *list_options(VALUES | {"epochs": 200, "batch_size": 50}),
    ]
    training = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 240
    while len(list((tmp_path / "cache").glob("*.checkpoint.safetensors"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)

    training.send_signal(signal.SIGINT)
    out, err = training.communicate(timeout=60)

    assert 1 == training.returncode
    assert [(0, "interrupted"), (1, "interrupted")] == [(row["seed"], row["status"]) for row in json.loads(out)["runs"]]
    assert "interrupted: the same command goes on" in err
