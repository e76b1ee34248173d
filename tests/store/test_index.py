"""The index of a cache keeps the ends of its files and the settled accuracies, and is only a shortcut."""

import json

import pytest

import tricks.store.listing
from tests.fakes import MACHINE, RUN, fake_epoch, fake_result, train_fake
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.index import add_to_index, read_finished, read_index, replace_index
from tricks.store.store import Store
from tricks.system.files import stamp

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
        found[path.name] = (stamp(path.stat()), read_finished(path))
    return found


def test_an_index_reads_back(entries, tmp_path):
    """What was written is read."""
    replace_index(tmp_path / "index", entries)

    assert entries == read_index(tmp_path / "index")


def write_run(folder, accuracies: list[float], diverged: bool = False, epochs: int = 5):
    """The finished run, as read from its file, of a training with these accuracies after its epochs."""
    store, run = Store(folder), Run(recipe=Recipe(epochs=epochs), seed=0)
    measured = [fake_epoch(epoch=epoch, test_accuracy=one) for epoch, one in enumerate(accuracies, start=1)]
    with store.write(run) as writer:
        for measurement in (MACHINE, *measured, fake_result(test_accuracy=accuracies[-1], diverged=diverged)):
            writer.append(measurement)
    return read_finished(store.path(run, ".jsonl"))


def test_the_settled_accuracy_is_the_mean_of_the_last_three_epochs(tmp_path):
    """A run's file has all epochs, and the last three of them make its settled accuracy."""
    assert 0.6 == pytest.approx(write_run(tmp_path, [0.1, 0.2, 0.5, 0.7, 0.6]).settled_accuracy)


@pytest.mark.parametrize(
    ("accuracies", "diverged", "epochs"), [([0.1, 0.2, 0.6], False, 3), ([0.5] * 4 + [0.6], True, 5), ([0.6], False, 5)]
)
def test_a_short_or_diverged_training_has_only_its_last_accuracy(tmp_path, accuracies, diverged, epochs):
    """Fewer than four epochs, a divergence or missing lines leave the accuracy that the weights have."""
    finished = write_run(tmp_path, accuracies, diverged, epochs)

    assert (None, 0.6) == (finished.settled, finished.settled_accuracy)


def test_a_damaged_epoch_leaves_the_last_accuracy(tmp_path):
    """Where a line of the last three epochs is damaged, the run counts with the accuracy that its weights have."""
    write_run(tmp_path, [0.1, 0.2, 0.5, 0.7, 0.6])
    path = Store(tmp_path).path(Run(recipe=Recipe(epochs=5), seed=0), ".jsonl")
    path.write_bytes(path.read_bytes().replace(b'"epoch":4', b'"epoch":"four"'))

    assert None is read_finished(path).settled


def test_an_older_index_is_written_again(entries, tmp_path):
    """An index without settled accuracies is no index: its files are read again, and it is replaced."""
    path = tmp_path / ".index.jsonl"
    replace_index(path, entries)
    old = [json.dumps(json.loads(line)[:4]) for line in path.read_bytes().splitlines() if line]
    path.write_text("\n".join(old))

    assert {} == read_index(path)
    assert len(entries) == len(Store(tmp_path).finished())
    assert entries == read_index(path)


def test_an_index_is_appended_to(entries, tmp_path):
    """Entries that are added one by one make the same index as all at once; of two on one file the later counts."""
    for name, (known, finished) in entries.items():
        add_to_index(tmp_path / "index", {name: ((0, 0), finished)})
        add_to_index(tmp_path / "index", {name: (known, finished)})

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


def test_a_second_start_reads_the_index_alone(store, monkeypatch):
    """A new process lists the finished runs without opening their files."""
    train_fake(store, RUN)
    before = store.finished()
    monkeypatch.setattr(tricks.store.listing, "read_finished", pytest.fail)

    assert before == Store(store.folder).finished()


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"\xff", b"null", b"[]", b"{}", b'{"a":1}', b'{"a":[[1,2],[{},{}]]}', b"[" * 100_000],
    ids=lambda content: str(content[:22]),
)
def test_an_index_of_nonsense_is_rebuilt(store, content):
    """The index is only a shortcut: when it is nonsense, or deleted, the runs are listed and it is made again."""
    train_fake(store, RUN)
    path = store.folder / ".index.jsonl"
    before, index = store.finished(), path.read_bytes()
    path.unlink()
    deleted = Store(store.folder).finished()
    path.write_bytes(content)

    nonsense = Store(store.folder).finished()

    assert before == deleted == nonsense
    assert index == path.read_bytes()
