"""The images in pictures are CIFAR-10's where that is, and else the toy set's, which is said."""

import tarfile
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
from torchvision.datasets import CIFAR10

from tests.training.pictures.drawing import FLIP, NOWHERE
from tests.training.tiny_cifar10 import publish, write_archive
from tricks.catalogue.datasets import DATASETS
from tricks.images.decoded import describe_copy, fingerprint
from tricks.recipe.recipe import Recipe
from tricks.settings import DECODED_COPY, OFFICIAL_FILES
from tricks.training.pictures import examples
from tricks.training.pictures.draw import draw_picture

pytestmark = pytest.mark.usefixtures("one_thread")


def test_real_images_come_from_the_decoded_copy(tmp_path):
    """Where CIFAR-10's decoded copy is, eight of its images are shown, each of another class."""
    (tmp_path / OFFICIAL_FILES).mkdir()
    images = np.random.default_rng(0).integers(256, size=(1000, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(1000) % 10
    copy = {"train_images": images, "train_labels": labels}
    safetensors.numpy.save_file(copy, tmp_path / DECODED_COPY, metadata=fingerprint(tmp_path) | describe_copy(copy))

    picture = draw_picture(FLIP, "flip", 0, tmp_path)

    assert "stand_in" not in picture
    assert np.array_equal(images[:8], picture["before"])


def test_real_images_come_from_the_official_files(tmp_path, monkeypatch):
    """Where there are CIFAR-10's official files alone, as in a folder that cannot be written, they are read."""
    archive = write_archive(tmp_path)
    for name, value in publish(archive, "").items():
        monkeypatch.setattr(CIFAR10, name, value)
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")

    assert "stand_in" not in draw_picture(FLIP, "flip", 0, tmp_path)


def test_the_toy_set_stands_in(tmp_path):
    """Where CIFAR-10 is missing, or damaged, the toy set's images are shown, and that is said."""
    (tmp_path / OFFICIAL_FILES).mkdir()

    assert all(draw_picture(FLIP, "flip", 0, folder)["stand_in"] for folder in (tmp_path, NOWHERE))


def test_no_other_dataset_shows_cifar10(tmp_path, monkeypatch):
    """A dataset whose images cannot be drawn has the toy set's, and that is said, also where CIFAR-10 is there."""
    monkeypatch.setitem(DATASETS, "other", replace(DATASETS["toy"], title="Other"))
    monkeypatch.setattr(examples, "_found", {tmp_path: examples.open_toy_examples()})

    assert "stand_in" not in draw_picture(FLIP, "flip", 0, tmp_path)
    assert "stand_in" in draw_picture(Recipe(dataset="other", flip=True), "flip", 0, tmp_path)
