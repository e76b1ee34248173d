"""A cache's copy."""

import os

from tests.fakes import FakeEngine, toy_run, train_fake
from tricks.scheduling.execution import execute
from tricks.scheduling.requests import Request, forget_request, read_queue, was_begun, write_request
from tricks.store.backup import copy_cache, forget_what_is_over
from tricks.store.imported import OtherHosts, import_runs
from tricks.store.store import Store


def read_all(folder) -> dict[str, bytes]:
    """All files that are no locks and no index."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name != ".index.jsonl"}


def begin(store: Store, seed: int) -> None:
    """Leaves a run interrupted after its checkpoint."""
    measurements = execute(store, FakeEngine(), toy_run(seed))
    for _ in range(4):
        next(measurements)
    measurements.close()


def test_a_copy_has_all_and_comes_back(tmp_path):
    """Finished and begun runs and requests are copied once, with their modes, and an empty cache gets them back."""
    cache, copy, other = Store(tmp_path / "cache"), tmp_path / "copy", tmp_path / "other"
    train_fake(cache, toy_run(0))
    begin(cache, 1)
    write_request(cache.folder, Request(run=toy_run(1), visitors=frozenset({"ann"}), asked=1.0))
    cache.finished()

    first = copy_cache(cache.folder, copy, overwrite=True)
    second = copy_cache(cache.folder, copy, overwrite=True)
    copy_cache(copy, other, overwrite=False)

    assert read_all(cache.folder) == read_all(copy) == read_all(other)
    assert (len(read_all(copy)), []) == (len(first), second)
    assert 0o600 == (other / "queue" / f"{toy_run(1).name}.json").stat().st_mode & 0o777
    assert [toy_run(0)] == [one.run for one in Store(other).finished()]
    assert [toy_run(1)] == [request.run for request in read_queue(other)]


def test_a_copy_follows_what_changes(tmp_path):
    """A run that has ended since is copied again; one that is finished does not come back as begun."""
    cache, copy = Store(tmp_path / "cache"), tmp_path / "copy"
    begin(cache, 0)
    copy_cache(cache.folder, copy, overwrite=True)
    train_fake(cache, toy_run(0))

    copied = copy_cache(cache.folder, copy, overwrite=True)
    back = copy_cache(copy, cache.folder, overwrite=False)

    assert f"{toy_run(0).name}.jsonl" in map(str, copied)
    assert [] == back


def test_nothing_is_overwritten_when_it_comes_back(tmp_path):
    """What the cache has stays as it is, and what is no plain file is not copied."""
    cache, copy = Store(tmp_path / "cache"), tmp_path / "copy"
    train_fake(cache, toy_run(0))
    copy_cache(cache.folder, copy, overwrite=True)
    (copy / "spared.txt").write_text("old")
    (cache.folder / "spared.txt").write_text("new")
    os.symlink("/etc/hostname", copy / "x.jsonl")

    assert [] == copy_cache(copy, cache.folder, overwrite=False)
    assert "new" == (cache.folder / "spared.txt").read_text()


def test_what_is_over_does_not_come_back(tmp_path):
    """A fresh cache gets neither the beginning of a run that is finished, nor what nobody waits for any more."""
    cache, copy, other = Store(tmp_path / "cache"), tmp_path / "copy", tmp_path / "other"
    begin(cache, 0)
    write_request(cache.folder, Request(run=toy_run(0), visitors=frozenset({"ann"}), asked=1.0))
    copy_cache(cache.folder, copy, overwrite=True)
    train_fake(cache, toy_run(0))
    forget_request(cache.folder, toy_run(0))

    copy_cache(cache.folder, copy, overwrite=True)
    forget_what_is_over(cache.folder, copy)
    copy_cache(copy, other, overwrite=False)

    assert read_all(cache.folder) == read_all(copy) == read_all(other)
    assert not was_begun(other, toy_run(0))


def test_an_old_copy_brings_no_beginning_of_a_finished_run(tmp_path):
    """Where a copy has both, the beginning of a run and its result, as copies once had, only the result comes back."""
    copy, other = Store(tmp_path / "copy"), tmp_path / "other"
    begin(copy, 0)
    begun = {path: path.read_bytes() for path in copy.folder.glob(f"{toy_run(0).name}.*")}
    train_fake(copy, toy_run(0))
    for path, content in begun.items():
        path.write_bytes(content)

    copy_cache(copy.folder, other, overwrite=False)

    assert not was_begun(other, toy_run(0))
    assert [toy_run(0)] == [one.run for one in Store(other).finished()]


def test_runs_of_other_hosts_are_copied_too(tmp_path):
    """What was imported is in the copy, and in the cache that it comes back to."""
    cache, copy, other = Store(tmp_path / "cache"), tmp_path / "copy", Store(tmp_path / "other")
    train_fake(Store(tmp_path / "laptop"), toy_run(0))
    (tmp_path / "laptop" / f"{toy_run(0).name}.predictions.safetensors").unlink()
    import_runs(cache, tmp_path / "laptop", "laptop")

    copy_cache(cache.folder, copy, overwrite=True)
    copy_cache(copy, other.folder, overwrite=False)

    assert ["laptop"] == [one.origin for one in OtherHosts(other.folder).finished()]
