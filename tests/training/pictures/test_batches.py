"""Pictures of batches: images as the training changes, mixes, keeps and sees them."""

import re

import numpy as np
import pytest

from tests.training.pictures.drawing import draw

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_flip_mirrors_some_images():
    """Each image is as it was or mirrored, and another draw mirrors others."""
    pictures = [draw("flip", number) for number in (0, 1)]
    mirrored = [
        [np.array_equal(before[:, ::-1], after) for before, after in zip(one["before"], one["after"], strict=True)]
        for one in pictures
    ]

    assert mirrored[0] != mirrored[1]
    assert 0 < sum(mirrored[0]) < 8
    assert all(
        np.array_equal(before, after) or np.array_equal(before[:, ::-1], after)
        for before, after in zip(pictures[0]["before"], pictures[0]["after"], strict=True)
    )


def test_cutout_hides_a_square_of_black():
    """What is not as before is black, and no more than the square."""
    picture = draw("cutout", cutout=8)
    changed = (picture["before"] != picture["after"]).any(-1)

    assert (picture["after"][changed] == 0).all()
    assert 0 < changed.sum((1, 2)).max() <= 64


def test_a_border_is_black_or_what_a_mirror_shows():
    """Crop filling is shown against a black border: the same windows, of which only the border differs."""
    picture = draw("crop_fill")
    differs = (picture["before"] != picture["after"]).any(-1)

    assert (picture["before"][differs] == 0).all()
    assert differs.any(0)[0].any()
    assert not differs[:, 2:-2, 2:-2].any()


def test_mixed_images_have_mixed_labels():
    """Below each mixed image stand the shares of both labels."""
    words = draw("mixup", mixup=1.0)["words"].tolist()
    shares = [[int(share) for share in re.findall(r"(\d+)%", text)] for text in words]

    assert all(99 <= sum(each) <= 101 for each in shares if each)
    assert any(len(each) == 2 for each in shares)


def test_the_mirrored_test_image_is_what_the_network_sees():
    """The picture of mirrored test images has the image, and its mirror image."""
    picture = draw("test_flip")

    assert np.array_equal(picture["before"][:, :, ::-1], picture["after"])


def test_a_tenth_of_the_images_is_kept():
    """Of a hundred images about as many are kept as the share says."""
    kept = draw("train_share", train_share=0.1)["kept"]

    assert 2 <= kept.sum() <= 20
