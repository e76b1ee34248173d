"""The space that a cache takes."""

import os

import pytest

from tests.fakes import MACHINE, fake_epoch, fake_result
from tricks.recipe.measurements import Checkpoint
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.cleanup import KEPT_RUNS, delete, measure_bytes, trim
from tricks.store.store import Store
from tricks.store.writer import Locked, StoreError

RUNS = [Run(recipe=Recipe(dataset="toy"), seed=seed) for seed in range(3)]


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    """Three finished runs, one after the other, with 10 kB of weights and 1 kB of predictions each."""
    store = Store(tmp_path)
    for run in RUNS:
        monkeypatch.setattr("tricks.store.writer.now", lambda run=run: f"2026-01-0{run.seed + 1}T00:00:00+00:00")
        with store.write(run) as writer:
            for measurement in (MACHINE, fake_epoch(), fake_result(weights=b"w" * 10_000, predictions=b"p" * 1_000)):
                writer.append(measurement)
    store.finished()
    return store


def names(store: Store, suffix: str) -> list[int]:
    """The seeds that have a file of this kind."""
    return [run.seed for run in RUNS if store.path(run, suffix).exists()]


def test_what_fits_stays(store):
    """Nothing goes while the cache is within its size."""
    assert [] == trim(store, measure_bytes(store))
    assert [0, 1, 2] == names(store, ".weights.safetensors")


def test_the_oldest_weights_go_first(store):
    """Weights go, those of the run that finished first before others, and only as many as must."""
    trim(store, measure_bytes(store) - 12_000)

    assert [2] == names(store, ".weights.safetensors")
    assert [0, 1, 2] == names(store, ".predictions.safetensors")


def stop(store: Store, seed: int) -> Run:
    """Leaves the run after an epoch, with a checkpoint of 10 kB, the lower the seed the longer ago."""
    run = Run(recipe=Recipe(dataset="toy"), seed=seed)
    with store.write(run) as writer:
        writer.append(MACHINE)
        writer.append(Checkpoint(epoch=1, step=2, seconds=1.0, state=b"s" * 10_000))
    for suffix in (".part", ".checkpoint.safetensors"):
        os.utime(store.path(run, suffix), (seed, seed))
    return run


def list_stopped(store: Store) -> list[str]:
    """The files of runs that are not finished."""
    return sorted(
        path.name for suffix in (".part", ".checkpoint.safetensors") for path in store.folder.glob(f"*{suffix}")
    )


def test_what_stopped_runs_left_goes_before_all(store):
    """Who begins and stops runs costs nobody their weights: what these left goes first, the oldest before others."""
    for seed in (12, 10, 11):
        stop(store, seed)

    trim(store, measure_bytes(store) - 12_000)

    assert ["s12", "s12"] == [name.partition(".")[0].rpartition("-")[2] for name in list_stopped(store)]
    assert [0, 1, 2] == names(store, ".weights.safetensors") == names(store, ".predictions.safetensors")


def test_a_run_that_goes_on_keeps_its_checkpoint(store):
    """What is in training or waits in the queue is not stopped, however little room there is."""
    in_training, awaited, given_up = (stop(store, seed) for seed in (10, 11, 12))

    with Store(store.folder).write(in_training):
        trim(store, 0, lambda name: name == awaited.name)

    assert 4 == len(list_stopped(store))
    assert not any(name.startswith(given_up.name) for name in list_stopped(store))


def test_results_never_go(store):
    """With no room at all weights and predictions go, and every result is still there."""
    before = store.finished()

    trim(store, 0)

    assert [] == names(store, ".weights.safetensors") + names(store, ".predictions.safetensors")
    assert before == Store(store.folder).finished()


def test_reference_runs_are_spared(store):
    """The runs that came with the code keep all their files."""
    (store.folder / KEPT_RUNS).write_text(f"{RUNS[0].name}\n")

    trim(store, 0)

    assert [0] == names(store, ".weights.safetensors") == names(store, ".predictions.safetensors")


def test_what_cannot_be_deleted_is_passed_over(store):
    """A folder in the place of a run's weights keeps nobody from making room, and is told of when room is missing."""
    in_the_way = store.path(RUNS[0], ".weights.safetensors")
    in_the_way.unlink()
    in_the_way.mkdir()

    with pytest.raises(StoreError, match="cannot be written"):
        trim(store, 0)

    assert [0] == names(store, ".weights.safetensors")
    assert [] == names(store, ".predictions.safetensors")


def test_a_deleted_run_is_gone(store):
    """Deleting a run takes all its files, those of an interrupted training too, and nothing else."""
    other = Run(recipe=Recipe(dataset="toy"), seed=9)
    with store.write(other) as writer:
        writer.append(MACHINE)
        writer.append(Checkpoint(epoch=1, step=2, seconds=1.0, state=b"s"))

    assert delete(store, RUNS[1])
    assert delete(store, other)

    assert not delete(store, other)
    assert [0, 2] == names(store, ".jsonl")
    assert not list(store.folder.glob("*-s1.*")) + list(store.folder.glob("*-s9.*"))


def test_a_run_in_training_is_not_deleted(store):
    """While a process trains the run, it cannot be deleted."""
    run = Run(recipe=Recipe(dataset="toy"), seed=9)
    with store.write(run), pytest.raises(Locked):
        delete(Store(store.folder), run)


def test_an_empty_cache_has_no_size(tmp_path):
    """A cache that is not there takes no room, and needs none made."""
    store = Store(tmp_path / "none")

    assert 0 == measure_bytes(store)
    assert [] == trim(store, 0)
