"""Who may write: one process a run, until that process ends."""

import errno
import os
import subprocess
import sys

import pytest

from tests.fakes import OTHER, RUN, train_fake
from tricks.settings import ROOT
from tricks.store.store import Store
from tricks.store.writer import Locked, StoreError


def test_a_run_has_one_writer(store):
    """While one process writes a run, another is told that it is busy, and may write other runs."""
    other = Store(store.folder)

    with store.write(RUN):
        with pytest.raises(Locked), other.write(RUN):
            pass
        train_fake(other, OTHER)
    train_fake(other, RUN)

    assert [RUN, OTHER] == [one.run for one in store.finished()]


def test_a_lock_has_one_holder(store):
    """A lock that one store holds is busy for the others."""
    with store.lock("device-cpu"), pytest.raises(Locked, match="^device-cpu is in use by another process$"):
        with Store(store.folder).lock("device-cpu"):
            pass


def test_a_lock_ends_with_its_process(store):
    """A process that dies leaves no lock behind."""
    code = (
        "import os, sys; from pathlib import Path; from tricks.store.store import Store;"
        "lock = Store(Path(sys.argv[1])).lock('x'); lock.__enter__(); os._exit(7)"
    )
    died = subprocess.run([sys.executable, "-c", code, store.folder], cwd=ROOT)

    with store.lock("x"):
        assert 7 == died.returncode


def test_a_disk_without_locks_is_said(store, monkeypatch):
    """Where the disk cannot lock files that is said: a file in a lock's place would outlive who dies with it."""

    def refuse_to_lock(*_) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", refuse_to_lock)

    with pytest.raises(StoreError, match=r"its disk cannot lock files, so choose another folder"), store.lock("x"):
        pass
