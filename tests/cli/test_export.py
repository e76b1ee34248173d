"""Results to take away, on the command line."""

import json
import os
import re
import subprocess

import pytest

from tests.fakes import OTHER, RUN, train_fake
from tricks.cli.main import main
from tricks.settings import read_settings
from tricks.store.store import Store


@pytest.fixture
def cache(folders, tmp_path, monkeypatch):
    """A cache with one finished run, and a working folder of the test's own."""
    store = Store(read_settings().cache)
    train_fake(store, RUN)
    monkeypatch.chdir(tmp_path)
    return store


def test_export_writes_a_file_named_after_the_recipe(cache, tmp_path, capsys):
    """Without an output the file has the recipe's name; the answer is the file's path and size."""
    assert 0 == main(["export", "dataset=toy", "--to", "csv", "--json"])

    [written] = json.loads(capsys.readouterr().out)["files"]
    path = tmp_path / f"{RUN.recipe.key}.csv"
    assert (path.name, path.stat().st_size) == (written["path"], written["bytes"])


def test_export_writes_where_it_is_told(cache, tmp_path, capsys):
    """An output names the file."""
    assert 0 == main(["export", "all", "--to", "csv", "--output", "mine.csv"])

    assert "wrote mine.csv\n" == capsys.readouterr().out
    assert 2 == len((tmp_path / "mine.csv").read_text().splitlines())


def test_export_writes_into_a_folder(cache, tmp_path):
    """An output that is a folder gets the file under its own name."""
    (tmp_path / "folder").mkdir()

    assert 0 == main(["export", "all", "--to", "csv", "--output", "folder"])

    assert [f"{RUN.recipe.key}.csv"] == [path.name for path in (tmp_path / "folder").iterdir()]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none", "--to", "csv"], 2, "neither a preset"),
        (["baseline", "--to", "csv"], 2, "nothing of this is finished"),
        (["baseline", "--to", "weights"], 1, "baseline is not finished"),
        (["dataset=toy", "--seed", "7", "--to", "weights"], 1, "seed 7 of baseline \\(toy\\) is not finished"),
        (["all", "--to", "csv", "--output", "none/runs.csv"], 1, "cannot be written .*: choose another --output"),
        (["dataset=toy", "--to", "weights"], 1, "the weights of toy.* are damaged"),
    ],
)
def test_what_cannot_be_taken_is_said(cache, capsys, arguments, code, words):
    """What cannot be exported gets one sentence and an exit code, and leaves no file."""
    assert code == main(["export", *arguments])

    printed = capsys.readouterr()
    assert re.fullmatch(f"python -m tricks: .*{words}.*\n", printed.err)
    assert "" == printed.out


def test_results_of_two_hosts_become_one_table(cache, tmp_path, monkeypatch, capsys):
    """What one host packs another imports, and lists with its own where that is asked for."""
    cache.path(RUN, ".predictions.safetensors").unlink()
    assert 0 == main(["export", "all", "--to", "zip", "--output", "laptop.zip"])
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path / "other"))
    train_fake(Store(tmp_path / "other"), OTHER)

    assert 0 == main(["import", "laptop.zip"])
    assert 0 == main(["results"])
    assert 0 == main(["results", "--imported"])

    printed = capsys.readouterr().out.splitlines()
    assert ["wrote laptop.zip", "runs of laptop: 1 new, 0 known before, 0 refused"] == printed[:2]
    assert "N = 1" in printed[2] and "laptop" not in printed[2]
    assert "N = 2" in printed[3] and "(1 of laptop)" in printed[3]


def test_refused_runs_are_told(cache, tmp_path, capsys):
    """A run that is refused is named with its reason, and the command ends with 1."""
    assert 1 == main(["import", str(cache.folder), "--name", "broken", "--cache", str(tmp_path / "other")])

    assert f"{RUN.name} is refused: its predictions are damaged\n" == capsys.readouterr().err


def test_a_pipe_and_a_link_stay_what_they_are(cache, tmp_path):
    """What is written to a pipe goes through it, and what is written to a link goes where it leads."""
    pipe, link = tmp_path / "pipe", tmp_path / "link.csv"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "there.csv")
    (tmp_path / "there.csv").write_text("old")
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)

    codes = [main(["export", "all", "--to", "csv", "--output", str(path)]) for path in (pipe, link)]

    assert [0, 0] == codes
    assert reader.communicate()[0] == (tmp_path / "there.csv").read_text()
    assert (True, True) == (pipe.is_fifo(), link.is_symlink())
