"""`settle`: seeds of whichever side needs them, until the verdict is clear or the budget ends."""

import json
import signal
import subprocess
import sys

import psutil
import pytest

import tricks.cli.train
from tests.fakes import FakeEngine, ScatteringEngine, train_fake, wait_until
from tricks.cli.main import main
from tricks.engines.engine import EngineError
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT
from tricks.store.store import Store

TOY = ("--dataset", "toy")
RESIDUAL, BASELINE = Recipe(dataset="toy", block="residual", batch_norm="before"), Recipe(dataset="toy")
pytestmark = pytest.mark.usefixtures("folders")


@pytest.fixture
def settle(monkeypatch, capsys):
    """Settles residual against baseline on the toy set with this engine; gives the code, the document and stderr."""

    def call(engine: FakeEngine, *options: str) -> tuple[int, dict, str]:
        monkeypatch.setattr(tricks.cli.train, "open_engines", lambda settings: [engine])
        code = main(["settle", "residual", "baseline", *TOY, "--json", *options])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return call


def test_a_difference_is_settled(settle):
    """A clear difference ends with 0, its verdict, and far fewer seeds than the budget."""
    engine = ScatteringEngine(ahead=0.3)

    code, answer, err = settle(engine, "--at-most", "40")

    assert (0, "clear", "better", 40) == (code, *(answer[name] for name in ("ended", "verdict", "at_most")))
    assert max(answer["seeds"]) <= 8
    assert {"measure", "difference", "low", "high", "seeds", "pairs", "verdict", "seeds_needed"} <= set(answer)
    assert sum(answer["seeds"]) == len(engine.begun) == len(answer["trained"])
    assert {"key": BASELINE.key, "seed": 0} in answer["trained"]


def test_equal_recipes_end_by_the_budget(settle):
    """Recipes that are the same end with 0 and no verdict, with as many seeds as the budget has."""
    code, answer, _ = settle(ScatteringEngine(), "--at-most", "5")

    assert (0, "budget", "not clear yet", [5, 5]) == (
        code,
        *(answer[name] for name in ("ended", "verdict", "seeds")),
    )


def test_it_ends_with_the_sentence(settle, capsys):
    """People read the same sentence as of compare, and that the budget is used up; a second call trains nothing."""
    settle(ScatteringEngine(), "--at-most", "3")
    engine = ScatteringEngine()

    settle(engine, "--at-most", "3")
    code = main(["settle", "residual", "baseline", *TOY, "--at-most", "3"])
    words = capsys.readouterr()
    main(["compare", RESIDUAL.key, BASELINE.key])

    assert (0, "", []) == (code, words.err, engine.begun)
    sentence = capsys.readouterr().out.strip()
    assert f"{sentence} (the budget of 3 seeds each is used up)\n" == words.out


def test_what_both_sides_need_is_trained_side_by_side(settle):
    """Until there can be an interval several runs are in hand, and stderr says what is known and what comes next."""
    _, answer, err = settle(ScatteringEngine(shares=2), "--at-most", "4")

    steps = [line for line in err.splitlines() if "; next" in line]
    assert "one of the two has no run yet" in steps[0]
    assert 6 == steps[0].count("seed ")
    assert all("with at most 4 seeds each: seed 3 of" in step for step in steps[1:])
    assert "BatchNorm before ReLU + residual blocks (toy), seed 0, epoch 1" in err


def test_a_failure_ends_it(settle):
    """A run that cannot be trained ends with 1 and one line that says why; what was trained is in the document."""
    code, answer, err = settle(ScatteringEngine(hold=3, error=EngineError("no data")), "--at-most", "5")

    assert (1, "failed", [3, 3], 6) == (code, answer["ended"], answer["seeds"], len(answer["trained"]))
    assert "python -m tricks: seed 3 of baseline (toy): no data" == err.splitlines()[-1]


def test_an_interrupted_question_goes_on(settle):
    """Ctrl-C ends with 1 and says what goes on, and the same command then trains only what is missing."""
    code, answer, err = settle(ScatteringEngine(hold=3, error=KeyboardInterrupt()), "--at-most", "5")
    engine = ScatteringEngine()
    again = settle(engine, "--at-most", "5")

    assert (1, "interrupted") == (code, answer["ended"])
    assert "interrupted: the same command goes on" in err
    assert (0, "budget", [5, 5]) == (again[0], again[1]["ended"], again[1]["seeds"])
    assert 4 == len(engine.begun)


@pytest.mark.parametrize(
    "arguments",
    [
        ["baseline"],
        ["baseline", "nonsense"],
        ["baseline", "baseline"],
        ["wider", "baseline", "--at-most", "1"],
        ["wider", "baseline", "--at-most", "some"],
        ["wider", "baseline", "--dataset", "mnist"],
        ["wider", "baseline", "--device", "tpu"],
        ["wider", "baseline", "--measure", "best"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_one_line(monkeypatch, capsys, arguments):
    """What cannot be settled ends with 2, exactly one line on stderr, and nothing on stdout or trained."""
    engine = ScatteringEngine()
    monkeypatch.setattr(tricks.cli.train, "open_engines", lambda settings: [engine])

    try:
        code = main(["settle", *arguments])
    except SystemExit as end:
        code = end.code

    out, err = capsys.readouterr()
    assert (2, "", 1, []) == (code, out, err.count("\n"), engine.begun)


@pytest.mark.slow
def test_a_killed_process_goes_on(tmp_path):
    """Killed in the middle of a run and started again, it resumes that run and ends by the budget."""
    values = {"dataset": "toy", "epochs": 3, "conv_width": 0.125, "dense_width": 8, "batch_size": 50}
    sides = [Recipe(**values), Recipe(**values, flip=True)]
    cache, store = tmp_path / "cache", Store(tmp_path / "cache")
    for recipe in sides:
        train_fake(store, Run(recipe=recipe, seed=0))  # So that the cache knows their keys.
    settling = command("settle", *(recipe.key for recipe in sides), "--at-most", "3", "--json")
    with subprocess.Popen(settling, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as killed:
        wait_until(lambda: list(cache.glob("*.checkpoint.safetensors")), seconds=120)
        workers = psutil.Process(killed.pid).children()
        killed.send_signal(signal.SIGKILL)
    psutil.wait_procs(workers, timeout=20)
    begun = {part.stem for part in cache.glob("*.part")}

    again = subprocess.run(settling, cwd=ROOT, check=True, capture_output=True, text=True)

    answer = json.loads(again.stdout)
    assert begun
    assert [3, 3] == answer["seeds"] or answer["ended"] == "clear"
    assert begun <= {f"{run['key']}-s{run['seed']}" for run in answer["trained"]}
    resumed = [store.read(one.run).resumed for one in store.finished() if one.run.name in begun]
    assert any(resumed)


def command(*arguments: str) -> list[str]:
    """The program on the processor."""
    return [sys.executable, "-m", "tricks", *arguments, "--device", "cpu"]
