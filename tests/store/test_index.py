"""The index of a cache keeps first and last lines."""

import pytest

from tests.conftest import MACHINE, fake_epoch, fake_result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.index import add_to_index, read_ends, read_index, replace_index
from tricks.store.store import Store

RUNS = [Run(recipe=Recipe(flip=True), seed=seed) for seed in range(3)]


@pytest.fixture
def entries(tmp_path) -> dict:
    """Three finished runs with their files' stamps."""
    store, found = Store(tmp_path), {}
    for run in RUNS:
        with store.write(run) as writer:
            for measurement in (MACHINE, fake_epoch(), fake_result(test_accuracy=0.5 + run.seed / 10)):
                writer.append(measurement)
        path = store.path(run, ".jsonl")
        found[path.name] = ((path.stat().st_size, path.stat().st_mtime_ns), read_ends(path))
    return found


def test_an_index_reads_back(entries, tmp_path):
    """What was written is read."""
    replace_index(tmp_path / "index", entries)

    assert entries == read_index(tmp_path / "index")


def test_an_index_is_appended_to(entries, tmp_path):
    """Entries that are added one by one make the same index as all at once; of two on one file the later counts."""
    for name, (stamp, finished) in entries.items():
        add_to_index(tmp_path / "index", {name: ((0, 0), finished)})
        add_to_index(tmp_path / "index", {name: (stamp, finished)})

    assert entries == read_index(tmp_path / "index")


@pytest.mark.parametrize("torn", [1, 20, 200])
def test_a_torn_line_takes_no_other_with_it(entries, tmp_path, torn):
    """When a full disk cuts an entry off, those before and those added after are still read.

    Without just its line's end, the entry itself is whole.
    """
    path = tmp_path / "index"
    first, second, third = ({name: entry} for name, entry in entries.items())
    add_to_index(path, first)
    add_to_index(path, second)
    path.write_bytes(path.read_bytes()[:-torn])
    add_to_index(path, third)

    assert (entries if torn == 1 else first | third) == read_index(path)


def test_a_new_run_costs_its_own_line(entries, tmp_path):
    """A store that learns of one more run adds one line to its index, and leaves what stands there."""
    store = Store(tmp_path)
    store.finished()
    path = tmp_path / ".index.jsonl"
    before = path.read_bytes()

    with store.write(Run(recipe=RUNS[0].recipe, seed=9)) as writer:
        for measurement in (MACHINE, fake_epoch(), fake_result()):
            writer.append(measurement)
    store.finished()

    assert path.read_bytes().startswith(before)
    assert 1 == len(path.read_bytes().splitlines()) - len(before.splitlines()) - 1
