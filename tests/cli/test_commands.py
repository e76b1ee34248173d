"""The command line's contract: scripts rely on it."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

import tricks.cli.commands
from tests.fakes import MACHINE, FakeEngine
from tricks.cli.main import main
from tricks.engines.engine import EngineError
from tricks.recipe.network import count_flops, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.settings import ROOT, read_settings
from tricks.stats.interval import Sample, estimate
from tricks.store.store import Store

COMMANDS = ("list", "presets", "describe", "train", "results", "compare", "settle", "effects", "blog")
TOY = ("--dataset", "toy")
IN_FRONT = "import sys; from tricks.cli.main import main; code = main(sys.argv[1:]); "


class Answer(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


class Engine(FakeEngine):
    """Remembers the seeds that it trained, and fails with `error` when there is one."""

    def __init__(self):
        self.seeds: list[int] = []
        self.error: BaseException | None = None

    def train(self, run, checkpoint, threads=0):
        """The fixed measurements."""
        self.seeds.append(run.seed)
        if self.error:
            yield MACHINE
            raise self.error
        yield from super().train(run, checkpoint, threads)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of the test's own."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TRICKS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("TRICKS_DEVICE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def engine(monkeypatch) -> Engine:
    """Trains in place of the local engine."""
    engine = Engine()
    monkeypatch.setattr(tricks.cli.commands, "open_engines", lambda settings: [engine])
    return engine


@pytest.fixture
def call(capsys) -> Callable[..., Answer]:
    """Runs one command."""

    def call_main(*arguments: str) -> Answer:
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code
        return Answer(code, *capsys.readouterr())

    return call_main


def fill(cache, seeds: int, **values) -> None:
    """Trains the recipe's first seeds into the cache."""
    for seed in range(seeds):
        list(execute(Store(cache), FakeEngine(), Run(recipe=Recipe(**values), seed=seed)))


def run_python(*arguments: str) -> subprocess.CompletedProcess:
    """A fresh Python in the project's folder."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [(), *((command,) for command in COMMANDS)], ids=" ".join)
def test_every_command_has_help(call, arguments):
    """The program and each of its commands explain themselves, and end well."""
    code, out, err = call(*arguments, "--help")

    assert (0, "") == (code, err)
    assert out.startswith(" ".join(["usage: python -m tricks", *arguments]))


def test_the_help_names_every_command(call):
    """The program's help has a line for every command."""
    assert set(COMMANDS) <= set(call("--help").out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["list", "--nonsense"],
        ["describe", "--set", "dense_widht=64"],
        ["describe", "--set", "dense_width=sixty"],
        ["describe", "--set", "dense_width"],
        ["describe", "--set", "=64"],
        ["describe", "--set", "two\nlines=64"],
        ["describe", "--set", "block=two\nlines"],
        ["describe", "--set"],
        ["describe", "--preset", "widder"],
        ["describe", "--dataset", "mnist"],
        ["describe", *TOY, "--set", "batch_size=5000"],
        ["describe", "--set", "optimizer=sgd", "--preset", "widder"],
        ["describe", "--set", "optimizer=sgd", "--dataset", "mnist"],
        ["describe", "--set", "optimizer=sgd", "--set", "epochs=0"],
        ["train", "--seeds", "0"],
        ["train", "--seeds", "-1"],
        ["train", "--seeds", "some"],
        ["train", "--seed", "-1"],
        ["train", "--seed", "2147483648"],
        ["train", "--device", "tpu"],
        ["results", "here"],
        ["compare", "baseline"],
        ["compare", "baseline", "nonsense"],
        ["compare", "baseline", "wider", "--measure", "best"],
        ["effects", "--base", "nonsense"],
        ["compare", "baseline", "wider", "deeper"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("json_option", [[], ["--json"]], ids=["text", "json"])
def test_wrong_arguments_are_one_line(call, engine, arguments, json_option):
    """Wrong arguments end with 2, exactly one line on stderr, and nothing on stdout."""
    code, out, err = call(*arguments, *(json_option if arguments else []))

    assert (2, "", 1) == (code, out, err.count("\n"))
    assert err.startswith("python -m tricks") and err.endswith("\n")
    assert [] == engine.seeds


def test_list_is_the_catalogue(call):
    """list gives every trick with its description, and null for choices where the value is free."""
    rows = json.loads(call("list", "--json").out)

    names = ("name", "title", "why", "stage", "default", "recommended", "needs", "paper")
    assert [{name: getattr(trick, name) for name in names} for trick in TRICKS.values()] == [
        {name: row[name] for name in names} for row in rows
    ]
    assert [trick.choices and list(trick.choices) for trick in TRICKS.values()] == [row["choices"] for row in rows]


def test_presets_are_named(call):
    """presets gives the blog's eight settings with their names, titles and values."""
    rows = json.loads(call("presets", "--json").out)

    assert [(name, preset.title, preset.values) for name, preset in PRESETS.items()] == [
        (row["name"], row["title"], row["values"]) for row in rows
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_describe_counts_a_preset(call, name):
    """describe gives a preset's key, label, values, parameters and FLOPs."""
    recipe = Recipe(**PRESETS[name].values)

    facts = json.loads(call("describe", "--preset", name, "--json").out)

    assert {"key", "label", "values", "parameters", "flops"} == set(facts)
    assert (recipe.key, recipe.label, recipe.values) == (facts["key"], facts["label"], facts["values"])
    assert count_flops(describe_network(recipe)) == facts["flops"]


@pytest.mark.parametrize("name", TRICKS)
def test_every_trick_can_be_set(call, name):
    """--set takes every trick by its name, on top of a preset, for either dataset."""
    trick = TRICKS[name]
    setting = f"{name}={trick.write(trick.recommended)}"
    arguments = ("describe", "--preset", "residual", *TOY, "--set", setting, "--set", "learning_rate=0.002", "--json")

    facts = json.loads(call(*arguments).out)

    values = PRESETS["residual"].values | {name: trick.recommended, "learning_rate": 0.002}
    assert Recipe(dataset="toy", **values).key == facts["key"]


def test_an_optimizer_brings_its_learning_rate(call):
    """Choosing an optimiser fills in its recommended learning rate, and says so on stderr."""
    code, out, err = call("describe", "--set", "optimizer=sgd", "--json")

    assert {"optimizer": "sgd", "learning_rate": 0.05} == json.loads(out)["values"]
    assert "learning_rate is set to 0.05, recommended for sgd\n" == err


def test_a_trick_without_effect_is_said_so(call):
    """A trick that is set where it has no effect stays off, and stderr says so."""
    code, out, err = call("describe", "--set", "crop_fill=reflect", "--json")

    assert (0, {}) == (code, json.loads(out)["values"])
    assert "crop_fill is without effect here (crop_padding=0), and stays off\n" == err


def test_a_given_learning_rate_is_literal(call):
    """A learning rate that is given is used as it is, without a word."""
    code, out, err = call("describe", "--set", "learning_rate=0.5", "--set", "optimizer=sgd", "--json")

    assert ({"optimizer": "sgd", "learning_rate": 0.5}, "") == (json.loads(out)["values"], err)


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
    engine.error = KeyboardInterrupt()

    code, out, err = call("train", *TOY, "--json")
    engine.error = None
    again = call("train", *TOY, "--json")

    assert (1, "interrupted") == (code, json.loads(out)["runs"][0]["status"])
    assert err.startswith("interrupted: ")
    assert (0, "finished") == (again.code, json.loads(again.out)["runs"][0]["status"])


def test_failed_work_is_one_line(call, engine):
    """A training that fails ends with 1 and one line on stderr; the document says which seeds are done."""
    known = Run(recipe=Recipe(dataset="toy"), seed=0)
    list(execute(Store(read_settings().cache), FakeEngine(), known))
    engine.error = EngineError("the data is not there")

    code, out, err = call("train", *TOY, "--seeds", "2", "--json")

    assert (1, "python -m tricks: the data is not there\n") == (code, err)
    assert ["finished", "failed"] == [run["status"] for run in json.loads(out)["runs"]]


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


def test_the_program_runs():
    """python -m tricks runs, and gives its exit code to the shell."""
    done, wrong = run_python("-m", "tricks", "--help"), run_python("-m", "tricks", "nonsense")

    assert (0, "") == (done.returncode, done.stderr)
    assert (2, "", 1) == (wrong.returncode, wrong.stdout, wrong.stderr.count("\n"))


def test_results_are_one_object_a_recipe(call, cache):
    """results gives every recipe in the cache with its seeds, accuracies and interval."""
    fill(cache, 1)
    fill(cache, 4, block="residual", batch_norm="before")

    [residual, baseline] = sorted(json.loads(call("results", "--json").out), key=lambda row: -len(row["seeds"]))

    interval = estimate(Sample(values=(0.5, 0.51, 0.52, 0.53)))
    numbers = {"test_accuracy", "settled_accuracy", "mean", "low", "high"}
    assert {"key", "label", "values", "parameters", "seeds", "diverged"} | numbers == set(residual)
    assert residual["test_accuracy"] == residual["settled_accuracy"]
    assert ([0, 1, 2, 3], [0.5, 0.51, 0.52, 0.53], []) == (
        residual["seeds"],
        residual["test_accuracy"],
        residual["diverged"],
    )
    assert [interval.mean, interval.low, interval.high] == [residual[name] for name in ("mean", "low", "high")]
    assert (212_714, 122_570) == (residual["parameters"], baseline["parameters"])
    assert (0.5, None, None) == (baseline["mean"], baseline["low"], baseline["high"])


def test_an_empty_cache_has_no_results(call, cache):
    """Without runs, results is an empty array, or says that the cache is empty; a folder that is not there is told."""
    assert (0, "[]\n", f"there is no cache at {cache} yet\n") == call("results", "--json")
    cache.mkdir()
    assert (0, "[]\n", "") == call("results", "--json")
    assert call("results").out.startswith("the cache is empty")


def test_damaged_files_are_told(call, cache):
    """results names damaged files on stderr and gives all others."""
    fill(cache, 1)
    (cache / "broken.jsonl").write_text("nonsense")

    code, out, err = call("results", "--json")

    assert (0, 1, 1) == (code, len(json.loads(out)), err.count("\n"))
    assert err.startswith("broken.jsonl is damaged")


def test_compare_answers_in_numbers(call, cache):
    """compare gives the measure, difference, interval, seeds of both, verdict and the seeds needed."""
    fill(cache, 4)
    fill(cache, 5, flip=True)

    answer = json.loads(call("compare", Recipe(flip=True).key, "baseline", "--json").out)
    last = json.loads(call("compare", Recipe(flip=True).key, "baseline", "--measure", "last", "--json").out)

    assert ("settled", [5, 4], 4, "not clear yet") == tuple(
        answer[name] for name in ("measure", "seeds", "pairs", "verdict")
    )
    assert answer["low"] < answer["difference"] < answer["high"]
    assert 0.005 == pytest.approx(answer["difference"])
    assert answer["seeds_needed"] > 0
    assert answer | {"measure": "last"} == last


def test_results_are_sorted_and_come_as_csv(call, cache):
    """results has the best recipe first, or is sorted as one likes, and has as CSV a line for each run."""
    fill(cache, 1)
    fill(cache, 2, flip=True)

    rows = json.loads(call("results", "--json").out)
    by_label = json.loads(call("results", "--sort", "label", "--json").out)
    lines = call("results", "--csv").out.splitlines()

    assert ["flip", "baseline"] == [row["label"] for row in rows]
    assert ["baseline", "flip"] == [row["label"] for row in by_label]
    assert "key,label,seed,test_accuracy,settled_accuracy,diverged" == lines[0]
    assert f'"{Recipe(flip=True).key}",flip,1,0.51,0.51,False' in lines
    assert 4 == len(lines)


def test_compare_knows_nothing_of_untrained_recipes(call):
    """Before anything is trained, compare says that nothing is clear yet."""
    answer = json.loads(call("compare", "residual", "baseline", "--json").out)

    unknown = {"difference": None, "low": None, "high": None, "seeds_needed": None, "measure": "settled"}
    assert unknown | {"seeds": [0, 0], "pairs": 0, "verdict": "not clear yet", "alpha": 0.05} == answer


@pytest.mark.parametrize("command", [*"list presets describe results effects blog".split(), "compare wider baseline"])
def test_json_is_all_there_is_on_stdout(call, cache, command):
    """With --json there is one line of strict JSON on stdout, and without it there are words for people."""
    fill(cache, 1)

    as_json, as_words = call(*command.split(), "--json"), call(*command.split())

    json.loads(as_json.out, parse_constant=pytest.fail)
    assert (1, "", 0) == (as_json.out.count("\n"), as_json.err, as_json.code)
    assert (0, "") == (as_words.code, as_words.err)
    assert as_words.out.strip() and as_words.out[0] not in "[{"


def test_booleans_are_written_as_they_are_set(call):
    """People read booleans as true and false, which is how --set takes them."""
    words = [call("list"), call("presets"), call("describe", "--set", "flip=true")]

    assert [[]] * 3 == [[word for word in ("True", "False") if word in answer.out] for answer in words]


def test_blog_prints_the_conclusions_as_tables(call, cache):
    """The blog's conclusions come as Markdown, and for programs as values."""
    fill(cache, 1, dense_width=512)
    fill(cache, 1)

    table = call("blog")
    document = json.loads(call("blog", "--json").out)

    assert (0, "") == (table.code, table.err)
    assert table.out.startswith("| setting |")
    assert "| the blog's conclusion |" in table.out
    assert "+0.0 points (needs three seeds of each), 1 seed each" in table.out
    assert ("wider", "baseline", None, 1) == tuple(
        document["conclusions"][0][name] for name in ("recipe", "reference", "holds", "pairs")
    )
    assert {"conclusions", "questions"} == set(document)
