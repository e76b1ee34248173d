"""The decoded copy of CIFAR-10 saves work for all who may read it, and is never taken for what it is not."""

import os
import shutil
import stat

import pytest
import safetensors
import safetensors.torch

from tests.disks import as_user, umask
from tests.training.tiny_cifar10 import is_official, load
from tricks.settings import DECODED_COPY, OFFICIAL_FILES
from tricks.training import cifar10


def test_decoded_copy_is_used(folder, monkeypatch):
    """A second reading takes the decoded copy, and reads no official file."""
    load(folder)
    monkeypatch.setattr(cifar10, "read_official_files", None)

    _, dataset = load(folder)

    assert is_official(dataset)


@pytest.mark.parametrize("length", [0, 4, 100, 5_000, -1])
def test_torn_copy(folder, length):
    """A torn decoded copy is ignored and made again."""
    load(folder)
    copy = folder / DECODED_COPY
    copy.write_bytes(copy.read_bytes()[:length])

    _, dataset = load(folder)

    assert is_official(dataset)
    assert is_official(cifar10.read_decoded_copy(folder))


def test_copy_of_other_files(folder, toy_set):
    """A decoded copy is ignored when an official file has been written since."""
    cifar10.keep_decoded_copy(folder, toy_set, cifar10.fingerprint(folder))
    os.utime(folder / OFFICIAL_FILES / "data_batch_1", (0, 0))

    _, dataset = load(folder)

    assert is_official(dataset)


def test_copy_of_something_else(folder, toy_set):
    """A file in the decoded copy's place with other tensors is ignored."""
    tensors = {"nonsense": toy_set.test_labels}
    safetensors.torch.save_file(tensors, folder / DECODED_COPY, metadata=cifar10.fingerprint(folder))

    assert is_official(load(folder)[1])


def test_copy_with_other_labels(folder):
    """A decoded copy in which anything but its own description was changed is made anew from the official files."""
    _, dataset = load(folder)
    with safetensors.safe_open(folder / DECODED_COPY, framework="pt") as file:
        metadata = file.metadata()
    changed = vars(dataset) | {"train_labels": (dataset.train_labels + 1) % 10}
    safetensors.torch.save_file(changed, folder / DECODED_COPY, metadata=metadata)

    assert is_official(load(folder)[1])
    assert is_official(cifar10.read_decoded_copy(folder))


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_the_decoded_copy_is_for_all_who_may_read_the_folder(folder, mask, mode):
    """The decoded copy's mode follows the umask, so that the users of a shared folder decode it once."""
    with umask(mask):
        load(folder)

    assert mode == stat.S_IMODE((folder / DECODED_COPY).stat().st_mode)


@pytest.mark.slow
def test_another_user_s_folder(folder, common_folder):
    """Where root has decoded the files, every user reads the copy, and decodes them where it is root's alone."""
    shutil.copytree(folder, common_folder, dirs_exist_ok=True)
    load(common_folder)
    with as_user():
        assert is_official(cifar10.read_decoded_copy(common_folder))
    (common_folder / DECODED_COPY).chmod(0o600)

    with as_user():
        _, dataset = load(common_folder)

    assert is_official(dataset)
    assert {OFFICIAL_FILES, DECODED_COPY, cifar10.LOCK} == set(os.listdir(common_folder))
