"""The test images of every dataset: had without PyTorch, or not there."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from tricks.catalogue.datasets import DATASETS
from tricks.images.decoded import describe_copy, fingerprint, read_tensor
from tricks.images.test_set import SOURCES, open_test_set
from tricks.settings import DECODED_COPY, OFFICIAL_FILES
from tricks.training.cifar10 import load_cifar10
from tricks.training.datasets import finish


@pytest.fixture
def folder(tmp_path):
    """A data folder with an official file, and a decoded copy of as many test images as CIFAR-10 has, all small."""
    (tmp_path / OFFICIAL_FILES).mkdir()
    (tmp_path / OFFICIAL_FILES / "test_batch").write_bytes(b"official")
    images = np.arange(10_000, dtype=np.int32).reshape(-1, 1)
    metadata = fingerprint(tmp_path) | describe_copy({"test_images": images})
    save_file({"test_images": images}, tmp_path / DECODED_COPY, metadata=metadata)
    return tmp_path


def test_every_dataset_has_a_source():
    """Every dataset of the catalogue has a way to its test images."""
    assert set(DATASETS) == set(SOURCES)


def test_only_the_wanted_images_are_read(folder):
    """Of the decoded copy the images at the places that are asked for come, in their order."""
    found = open_test_set("cifar10", folder)

    assert [[7], [9_999], [0]] == found.read([7, 9_999, 0]).tolist()


def test_without_a_decoded_copy_there_are_none(tmp_path):
    """Where no training has read CIFAR-10 yet, there are labels, but no images, and no error."""
    found = open_test_set("cifar10", tmp_path)

    assert found.read([0]) is None
    assert [1_000] * 10 == np.bincount(found.labels).tolist()


@pytest.mark.parametrize("damage", [b"", b"torn", b"\xff" * 100])
def test_a_damaged_copy_is_none(folder, damage):
    """A decoded copy that cannot be read counts as none."""
    (folder / DECODED_COPY).write_bytes(damage)

    assert open_test_set("cifar10", folder).read([0]) is None


def test_a_copy_with_other_images_is_none(folder):
    """A copy whose images are not those that its checksum says is nobody's."""
    path = folder / DECODED_COPY
    content = path.read_bytes()
    path.write_bytes(content[:-4] + b"else")

    assert open_test_set("cifar10", folder).read([0]) is None


def test_a_copy_of_other_files_is_none(folder):
    """When the official files have changed since, the copy is not theirs any more, also for images asked for later."""
    found = open_test_set("cifar10", folder)
    assert found.read([0]) is not None
    (folder / OFFICIAL_FILES / "test_batch").write_bytes(b"changed")

    assert found.read([0]) is None


def test_a_place_beyond_the_images_is_none(folder):
    """Images that the copy does not have are not there."""
    assert read_tensor(folder, "test_images", [10_000]) is None


def test_the_toy_set_needs_no_folder(tmp_path):
    """The toy set's images are there on any host."""
    found = open_test_set("toy", tmp_path / "nowhere")

    assert (2, 32, 32, 3) == found.read([0, 499]).shape
    assert DATASETS["toy"].test_images == len(found.labels)


@pytest.mark.cifar10
def test_the_labels_are_those_of_the_official_files(cifar10_folder):
    """The labels that are always there are those that a training reads from the official files."""
    real = finish(load_cifar10(cifar10_folder))

    assert np.array_equal(real.test_labels, open_test_set("cifar10", cifar10_folder).labels)


@pytest.mark.cifar10
def test_the_images_are_those_of_the_official_files(cifar10_folder):
    """The images that are read one by one are those that a training reads."""
    real, found = finish(load_cifar10(cifar10_folder)), open_test_set("cifar10", cifar10_folder)

    assert np.array_equal(real.test_images[[5, 9_999]], found.read([5, 9_999]))
