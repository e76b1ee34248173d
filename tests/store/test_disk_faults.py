"""A disk that is full, read-only or another user's: what is refused is a sentence, and what is known stays known."""

import errno
import os

import pytest

from tests.disks import as_user
from tests.fakes import MACHINE, OTHER, RUN, train_fake
from tricks.recipe.measurements import Losses
from tricks.store.store import Store
from tricks.store.writer import StoreError


@pytest.mark.slow
def test_another_user_s_file_is_not_damaged(common_folder):
    """A run that this user may not read is told as such, and neither called damaged nor set aside."""
    store = Store(common_folder)
    train_fake(store, RUN)
    store.path(RUN, ".jsonl").chmod(0o600)
    for path in (common_folder, common_folder / ".locks", *(common_folder / ".locks").iterdir()):
        path.chmod(0o777)

    with as_user():
        assert () == store.finished()
        assert ([], [store.path(RUN, ".jsonl").name]) == (store.damaged, store.unreadable)
        with pytest.raises(StoreError, match=r"\(Permission denied: toy,baseline-.*\): give this user the right"):
            train_fake(store, RUN)

    assert [RUN] == [one.run for one in Store(common_folder).finished()]


@pytest.mark.slow
def test_a_full_disk_is_told_also_in_the_middle_of_a_line(small_disk):
    """What does not fit any more is one sentence, also when closing the file would write it once again."""
    store = Store(small_disk)
    losses = Losses(step=0, seconds=0.5, losses=(2.5,) * 5_000)

    with pytest.raises(StoreError, match=r"\(No space left on device\): make room, or [^\n]*TRICKS_CACHE$"):
        with store.write(RUN) as writer:
            writer.append(MACHINE)
            while True:
                writer.append(losses)


def test_a_cache_that_cannot_be_written_is_read(store, monkeypatch):
    """A cache on a read-only disk is listed without its index."""
    train_fake(store, RUN)
    monkeypatch.setattr(os, "fsync", refuse)

    assert [RUN] == [one.run for one in Store(store.folder).finished()]


def refuse(*_) -> None:
    raise OSError(30, "Read-only file system")


def test_a_folder_that_cannot_be_read_is_told_of(store, monkeypatch):
    """Without the right to read the folder, what was known still is, with a sentence, until it can be read again."""
    train_fake(store, RUN)
    known = store.finished()
    train_fake(store, OTHER)

    with monkeypatch.context() as without_rights:
        without_rights.setattr(os, "scandir", refuse_to_list)
        meanwhile, trouble = store.finished(), store.trouble

    assert (known, "The cache cannot be read (Permission denied)") == (meanwhile, trouble.partition(":")[0])
    assert (2, "") == (len(store.finished()), store.trouble)


def refuse_to_list(folder):
    """As the system does for another user's folder."""
    raise PermissionError(errno.EACCES, "Permission denied", str(folder))
