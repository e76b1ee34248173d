"""`train` on the command line, with an engine that needs no time."""

import json
import threading
from contextlib import ExitStack

import pytest

from tests.cli.calls import fill, run_python
from tests.fakes import MACHINE, FakeEngine
from tricks.engines.engine import EngineError, HostUnfit
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.settings import read_settings
from tricks.store.store import Store

TOY = ("--dataset", "toy")
IN_FRONT = "import sys; from tricks.cli.main import main; code = main(sys.argv[1:]); "
pytestmark = pytest.mark.usefixtures("cache")


def test_train_trains_what_is_missing(call, engine, cache):
    """train finishes the seeds 0 to N-1, trains only those that are missing, and reports them all."""
    list(execute(Store(cache), FakeEngine(), Run(recipe=Recipe(dataset="toy"), seed=1)))

    code, out, err = call("train", *TOY, "--seeds", "3", "--json")

    answer = json.loads(out)
    numbers = {"status": "finished", "seconds": 1.0, "images_per_second": 1000.0, "weights_sha256": "0" * 64}
    assert (0, Recipe(dataset="toy").key, [0, 2]) == (code, answer["key"], engine.seeds)
    assert [
        {"seed": 0, "cached": False, "test_accuracy": 0.5} | numbers,
        {"seed": 1, "cached": True, "test_accuracy": 0.51} | numbers,
        {"seed": 2, "cached": False, "test_accuracy": 0.52} | numbers,
    ] == answer["runs"]
    assert ["seed 0, epoch 1", "seed 2, epoch 1"] == [line.split(":")[0] for line in err.splitlines()]


def test_train_can_finish_one_seed(call, engine):
    """--seed finishes just that seed."""
    answer = json.loads(call("train", *TOY, "--seed", "5", "--json").out)

    assert ([5], [5]) == (engine.seeds, [run["seed"] for run in answer["runs"]])


def test_an_interrupted_training_goes_on_later(call, engine):
    """Ctrl-C ends with 1 and says so, and the same command goes on."""
    engine.fails[0] = KeyboardInterrupt()

    code, out, err = call("train", *TOY, "--json")
    engine.fails.clear()
    again = call("train", *TOY, "--json")

    assert (1, "interrupted") == (code, json.loads(out)["runs"][0]["status"])
    assert err.startswith("interrupted: ")
    assert (0, "finished") == (again.code, json.loads(again.out)["runs"][0]["status"])


def test_failed_work_is_one_line(call, engine):
    """A training that fails ends with 1 and one line on stderr; the document says which seeds are done."""
    known = Run(recipe=Recipe(dataset="toy"), seed=0)
    list(execute(Store(read_settings().cache), FakeEngine(), known))
    engine.fails[1] = EngineError("no room")

    code, out, err = call("train", *TOY, "--seeds", "2", "--json")

    assert (1, "python -m tricks: seed 1 of baseline (toy): no room\n") == (code, err)
    assert ["finished", "failed"] == [run["status"] for run in json.loads(out)["runs"]]


def test_a_seed_that_fails_does_not_stop_the_others(call, engine):
    """All other seeds are trained; the command ends with 1 and names the one that failed, in words and as a value."""
    engine.fails[1] = EngineError("no room")

    code, out, err = call("train", *TOY, "--seeds", "3", "--json")

    assert [(0, "finished"), (1, "failed"), (2, "finished")] == [
        (run["seed"], run["status"]) for run in json.loads(out)["runs"]
    ]
    assert (1, "python -m tricks: seed 1 of baseline (toy): no room") == (code, err.splitlines()[-1])


def test_a_fault_of_the_host_stops_all(call, engine):
    """Where no run can be trained, as without the data, that is said once, and the others are not tried."""
    engine.fails |= dict.fromkeys(range(3), HostUnfit("the data is not there"))

    code, out, err = call("train", *TOY, "--seeds", "3")

    assert (1, "seed 0: failed\n", "python -m tricks: the data is not there\n") == (code, out, err)
    assert [0] == engine.seeds


def test_a_training_that_waits_says_so(call, engine, cache):
    """While another process has the device, train says what it waits for, and in the end how long it did."""
    with ExitStack() as held:
        for name in (f"device-{MACHINE.device}-0.turn", f"device-{MACHINE.device}-0.0"):
            held.enter_context(Store(cache).lock(name))
        threading.Timer(0.2, held.pop_all().close).start()
        code, _, err = call("train", *TOY)

    assert [
        "seed 0: waiting for another process that trains on this device",
        "seed 0: waited 1 s",
        "seed 0, epoch 1: test accuracy 50.0%, 1000 images/s",
    ] == err.splitlines()
    assert 0 == code


def test_a_cache_that_cannot_be_written_is_one_line(call, engine, cache):
    """A cache that is no folder ends with 1 and one line on stderr."""
    cache.write_text("a file")

    code, out, err = call("train", *TOY)

    assert (1, "seed 0: failed\n", 1) == (code, out, err.count("\n"))


def test_a_known_seed_needs_no_pytorch(cache):
    """A seed that is in the cache is answered as cached, without loading PyTorch."""
    fill(cache, 1, dataset="toy")

    command = IN_FRONT + "assert 'torch' not in sys.modules; sys.exit(code)"
    done = run_python("-c", command, "train", *TOY, "--cache", str(cache), "--json")

    assert (0, "") == (done.returncode, done.stderr)
    assert [(0, True)] == [(run["seed"], run["cached"]) for run in json.loads(done.stdout)["runs"]]
