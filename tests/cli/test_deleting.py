"""What the operator deletes is gone, once they have agreed to it, and what is always kept stays."""

import io
import json

import pytest

from tests.fakes import MACHINE, FakeEngine, toy_run, train_fake
from tricks.recipe.measurements import Checkpoint
from tricks.scheduling.execution import execute
from tricks.store.store import Store


def test_runs_are_deleted(operate, tmp_path):
    """Deleting a recipe takes its finished and its interrupted runs."""
    store = Store(tmp_path)
    list(execute(store, FakeEngine(), toy_run(0)))
    with store.write(toy_run(1)) as writer:
        writer.append(MACHINE)
        writer.append(Checkpoint(epoch=1, step=2, seconds=1.0, state=b"s"))

    code, said = operate("delete", toy_run(0).recipe.key, "--yes")

    assert 0 == code
    assert [f"deleted {toy_run(seed).name}" for seed in (0, 1)] == said.splitlines()
    assert () == Store(tmp_path).finished()


def test_room_is_made(operate, tmp_path):
    """Trimming to nothing says what went and keeps the result."""
    list(execute(Store(tmp_path), FakeEngine(), toy_run(0)))

    code, said = operate("trim", "0", "--yes", "--json")

    assert 0 == code
    assert 2 == len(json.loads(said)["deleted"])
    assert 1 == len(Store(tmp_path).finished())


@pytest.fixture
def answer(monkeypatch):
    """Puts somebody who says this at a terminal."""

    def put(words: str) -> None:
        terminal = io.StringIO(f"{words}\n")
        terminal.isatty = lambda: True
        monkeypatch.setattr("sys.stdin", terminal)

    return put


@pytest.mark.parametrize("command", [("delete", "all"), ("trim", "0")], ids=" ".join)
@pytest.mark.parametrize("words, files", [("y", 0), ("yes", 0), ("", 3), ("n", 3), ("all", 3)])
def test_what_destroys_asks(operate, tmp_path, answer, command, words, files):
    """On a terminal nothing is deleted before somebody has agreed, who reads how much it is."""
    train_fake(Store(tmp_path), toy_run(0))
    answer(words)

    code, said = operate(*command)

    left = [path.name for path in tmp_path.glob("cifar10*")] + [path.name for path in tmp_path.glob("toy*")]
    assert (bool(files), files or {"delete": 0, "trim": 1}[command[0]]) == (bool(code), len(left))
    assert (
        "delete 1 run with all files?" if command[0] == "delete" else "delete stopped runs, weights and predictions of"
    ) in said
    assert bool(files) is ("nothing was deleted" in said)


@pytest.mark.parametrize("command", [("delete", "all"), ("trim", "0")], ids=" ".join)
def test_where_nobody_can_be_asked_nothing_is_deleted(operate, tmp_path, command):
    """Without a terminal a script has to say --yes, which it reads in one sentence."""
    train_fake(Store(tmp_path), toy_run(0))

    code, said = operate(*command)

    assert (2, 1, True) == (code, said.count("\n"), "say --yes" in said)
    assert Store(tmp_path).finished()


def test_room_that_is_there_needs_no_asking(operate, tmp_path):
    """Where nothing has to go nobody is asked."""
    assert (0, "the cache has 0.000 GB now\n") == operate("trim", "1")


def test_what_is_always_kept_needs_force(operate, tmp_path):
    """The runs that spared.txt names stay, one by one and among all, until --force is said."""
    for seed in (0, 1):
        train_fake(Store(tmp_path), toy_run(seed))
    (tmp_path / "spared.txt").write_text(f"{toy_run(0).name}\n")

    alone, among = operate("delete", toy_run(0).name, "--yes"), operate("delete", "all", "--yes")
    left = [each.run.seed for each in Store(tmp_path).finished()]
    forced = operate("delete", "all", "--yes", "--force")

    assert (2, 0, 0) == (alone[0], among[0], forced[0])
    assert [1, 1] == [said.count("--force deletes them too") for _, said in (alone, among)]
    assert ([0], ()) == (left, Store(tmp_path).finished())
