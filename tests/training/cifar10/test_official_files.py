"""CIFAR-10's files are read as they are, and said to be damaged, unreadable or missing where they are."""

import errno
import fcntl
import os
import shutil
import time

import pytest

from tests.disks import as_user, make_read_only
from tests.training.tiny_cifar10 import is_official, load
from tricks.settings import OFFICIAL_FILES
from tricks.training.cifar10 import DataError


def test_official_files(folder):
    """The official files are read in their own order, with no network."""
    _, dataset = load(folder)

    assert is_official(dataset)


def test_missing_data(archive, tmp_path):
    """Without the files and without a network, one sentence names TRICKS_DATA and the toy set."""
    with pytest.raises(DataError, match=r"^[^\n]*missing[^\n]*connect to the internet[^\n]*TRICKS_DATA[^\n]*toy set$"):
        load(tmp_path / "data")


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch"])
@pytest.mark.parametrize("known", [False, True], ids=["first read", "read before"])
def test_damaged_file(folder, name, known):
    """A damaged official file is noticed, also when it was whole at an earlier reading and has its time again."""
    path = folder / OFFICIAL_FILES / name
    if known:
        load(folder)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    time.sleep(0.05)  # Longer than the clock's grain.
    path.write_bytes(path.read_bytes()[:-9] + b"?" + path.read_bytes()[-8:])
    os.utime(path, ns=times)

    with pytest.raises(DataError, match="damaged.*TRICKS_DATA.*toy set"):
        load(folder)


@pytest.mark.cifar10
def test_cifar10(cifar10_folder):
    """CIFAR-10 has 5,000 training and 1,000 test images of each class."""
    _, dataset = load(cifar10_folder)

    assert (50_000, 32, 32, 3) == dataset.train_images.shape
    assert [5_000] * 10 == dataset.train_labels.bincount().tolist()
    assert [1_000] * 10 == dataset.test_labels.bincount().tolist()


@pytest.mark.slow
def test_read_only_disk(folder, small_disk):
    """The official files on a read-only disk serve as well, and nothing is left there."""
    shutil.copytree(folder, small_disk, dirs_exist_ok=True)
    make_read_only(small_disk)

    _, dataset = load(small_disk)

    assert is_official(dataset)
    assert [OFFICIAL_FILES] == os.listdir(small_disk)


@pytest.mark.slow
def test_files_that_this_user_may_not_read_are_said(folder, common_folder):
    """Files of another user's that cannot be read are named, and are not called damaged."""
    shutil.copytree(folder, common_folder, dirs_exist_ok=True)
    (common_folder / OFFICIAL_FILES / "data_batch_2").chmod(0o600)

    with (
        as_user(),
        pytest.raises(DataError, match=r"cannot be read \(Permission denied: data_batch_2\): give this user"),
    ):
        load(common_folder)


def test_a_disk_without_locks(folder, monkeypatch, tmp_path):
    """Files on a disk that cannot lock serve as well; where they are missing, the sentence says what is the matter."""

    def refuse(*_) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)

    assert is_official(load(folder)[1])
    with pytest.raises(DataError, match=r"\(No locks available\): its disk cannot lock files, so .*TRICKS_DATA"):
        load(tmp_path / "empty")


def test_unusable_folder(tmp_path):
    """A data folder that cannot be made is one sentence that names TRICKS_DATA."""
    (tmp_path / "data").write_text("a file")

    with pytest.raises(DataError, match=r"cannot be kept in .*\(File exists: data\): .*TRICKS_DATA"):
        load(tmp_path / "data")


def test_damage_on_a_disk_that_cannot_be_mended_is_named(folder, monkeypatch):
    """Where nothing can be written, the damaged files are named, in words of ours."""
    (folder / OFFICIAL_FILES / "data_batch_4").unlink()
    monkeypatch.setattr(fcntl, "flock", lambda *_: os.stat("/nowhere"))

    with pytest.raises(DataError, match=r"^CIFAR-10 in .* is missing or damaged \(data_batch_4\): set TRICKS_DATA"):
        load(folder)
