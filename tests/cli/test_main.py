"""What holds for every command: scripts rely on it."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NoReturn

import pytest

from tests.cli.calls import fill, run_python
from tricks.cli.main import build_parser
from tricks.settings import ROOT, read_settings

COMMANDS = ("list", "presets", "describe", "train", "results", "compare", "settle", "effects", "blog")
TOY = ("--dataset", "toy")
pytestmark = pytest.mark.usefixtures("cache")


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
        ["nonsense"],
        ["two\nlines"],
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
        ["train", "--seeds", "10001"],
        ["train", "--seeds", "1", "--seed", "1"],
        ["train", "--seeds", "2", "--seed", "1"],
        ["train", "--cache", "~no-such-user/cache"],
        ["train", "--data", "~no-such-user/data"],
        ["settle", "wider", "baseline", "--at-most", "1"],
        ["settle", "wider", "baseline", "--at-most", "1001"],
        ["doctor", "--device", "tpu"],
        ["bench", "--device", "tpu"],
        ["bench", "--rounds", "0"],
        ["bench", "--rounds", "-1"],
        ["bench", "--rounds", "two"],
        ["bench", "--plot", "~no-such-user/plot.svg"],
        ["trim", "-1"],
        ["trim", "nan"],
        ["trim", "inf"],
        ["trim", "much"],
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
    code, out, err = call(*arguments, *json_option)

    assert (2, "", 1) == (code, out, err.count("\n"))
    assert err.startswith("python -m tricks") and err.endswith("\n")
    assert [] == engine.seeds


def test_the_program_runs():
    """python -m tricks runs, and gives its exit code to the shell."""
    done, wrong = run_python("-m", "tricks", "--help"), run_python("-m", "tricks", "nonsense")

    assert (0, "") == (done.returncode, done.stderr)
    assert (2, "", 1) == (wrong.returncode, wrong.stdout, wrong.stderr.count("\n"))


@pytest.mark.parametrize("command", [*"list presets describe results effects blog".split(), "compare wider baseline"])
def test_json_is_all_there_is_on_stdout(call, cache, command):
    """With --json there is one line of strict JSON on stdout, and without it there are words for people."""
    fill(cache, 1)

    as_json, as_words = call(*command.split(), "--json"), call(*command.split())

    json.loads(as_json.out, parse_constant=pytest.fail)
    assert (1, "", 0) == (as_json.out.count("\n"), as_json.err, as_json.code)
    assert (0, "") == (as_words.code, as_words.err)
    assert as_words.out.strip() and as_words.out[0] not in "[{"


def test_without_a_command_there_is_help(call):
    """Who only calls the program reads which commands there are."""
    assert call("--help") == call()


def test_the_version_is_the_project_s(call):
    """--version says the version that pyproject.toml has."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert (0, f"python -m tricks {version}\n", "") == call("--version")


@pytest.mark.parametrize("name", ["cache", "data"])
def test_a_tilde_is_one_s_home(name, monkeypatch):
    """Folders that are given by an option are in the home that they name, also where no shell reads them."""
    monkeypatch.setenv("HOME", "/home/ann")

    options = build_parser().parse_args(["train", f"--{name}=~/lab"])

    assert Path("/home/ann/lab") == getattr(options, name)


@pytest.mark.parametrize("ending", ["", "/cifar-10-batches-py", "/cifar-10-batches-py/"])
def test_the_official_folder_may_be_named_itself(ending, monkeypatch):
    """The folder of CIFAR-10's own files stands for the one that it lies in: no lock or copy lands among them."""
    options = build_parser().parse_args(["train", f"--data=/disk/images{ending}"])
    monkeypatch.setenv("TRICKS_DATA", f"/disk/images{ending}")

    assert Path("/disk/images") == options.data == read_settings().data


def test_who_reads_may_have_enough(cache):
    """Where the reader has gone away, as `head` does, the command ends, and nobody complains."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "tricks", "list"]
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)

    assert (1, "") == (done.returncode, done.stderr)


def test_a_full_disk_is_one_line(cache):
    """Where the answer cannot be written, that is one sentence."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "tricks", "list"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)

    assert (1, "python -m tricks: No space left on device\n") == (done.returncode, done.stderr)


def test_a_terminal_that_knows_few_letters_shows_the_rest():
    """Where standard output is no UTF-8, as in a pipe on Windows, letters that it lacks are question marks."""
    code = "from tricks.cli.main import main; raise SystemExit(main(['list']))"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    listed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert (0, "") == (listed.returncode, listed.stderr)
    assert "by learning rate ? decay of it" in listed.stdout


def test_an_interrupted_command_is_one_line(call, monkeypatch):
    """Ctrl-C ends any command with one line."""
    monkeypatch.setattr("tricks.cli.answers.read_cache", interrupt)

    assert (1, "", "python -m tricks: interrupted\n") == call("compare", "wider", "baseline")


def interrupt(options) -> NoReturn:
    """Somebody presses Ctrl-C."""
    raise KeyboardInterrupt
