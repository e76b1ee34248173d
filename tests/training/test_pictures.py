"""Pictures of tricks: they show what the training does, with the same code."""

import re
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from torch import nn
from torchvision.datasets import CIFAR10

from tests.training.tiny_cifar10 import publish, write_archive
from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import PICTURES
from tricks.images.decoded import describe_copy, fingerprint
from tricks.recipe.picture import reduce_to_picture
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.settings import DECODED_COPY, OFFICIAL_FILES
from tricks.training.optimizer import plan_learning_rates
from tricks.training.pictures import examples
from tricks.training.pictures.draw import ALBUMS, CURVES, draw_picture

NOWHERE, FLIP = Path("nowhere"), Recipe(flip=True)
DRAWN = {name: trick for name, trick in TRICKS.items() if trick.picture not in ("", "network")}
pytestmark = pytest.mark.usefixtures("one_thread")


def draw(name: str, number: int = 0, **values) -> dict[str, np.ndarray]:
    """The picture of a trick on the toy set, with these values."""
    recipe = Recipe(dataset="toy", **TRICKS[name].needs | values)
    return draw_picture(reduce_to_picture(TRICKS[name], recipe), name, number, NOWHERE)


def test_every_kind_has_its_maker():
    """Every kind of picture is made here, but the drawing of the network, which needs no PyTorch."""
    assert set(PICTURES) - {"network"} == set(CURVES) | set(ALBUMS)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_shows_its_trick(name):
    """Every picture has numbers, and what it shows is not the same with the trick as without."""
    arrays = draw(name)
    numbers = [array for array in arrays.values() if array.dtype.kind == "f"]
    sides = [arrays[side] for side in (("off", "on") if "on" in arrays else ("before", "after")) if side in arrays]

    assert all(np.isfinite(array).all() for array in numbers)
    assert "stand_in" not in arrays
    if name == "label_noise":
        assert any(", not " in words for words in arrays["words"])
    elif sides:
        assert not np.array_equal(*sides)


@pytest.mark.parametrize("name", DRAWN)
def test_a_draw_can_be_repeated(name):
    """The same draw is the same picture."""
    first, again = draw(name, 3), draw(name, 3)

    assert all(np.array_equal(first[key], again[key]) for key in first)


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


@pytest.mark.parametrize(
    "values", [{"schedule": "one-cycle"}, {"warmup": 0.1, "schedule": "cosine"}, {"batch_size": 128}]
)
def test_the_learning_rates_are_those_of_the_recipe(values):
    """The curve is the plan of this very recipe: as many steps, and the same rates."""
    name = next(iter(values))
    recipe = Recipe(**values, epochs=3)
    steps = -(-50_000 // recipe.batch_size)
    arrays = draw_picture(reduce_to_picture(TRICKS[name], recipe), name, 0, NOWHERE)

    plan = np.concatenate(plan_learning_rates(recipe, steps))
    nearest = np.interp(arrays["on_x"], np.arange(len(plan)), plan)

    assert np.abs(nearest - arrays["on"]).max() < 0.02 * recipe.learning_rate
    assert len(plan) - 5 < arrays["on_x"][-1] <= len(plan)


def test_ten_million_steps_are_a_curve_at_once():
    """The longest training that a recipe can ask for has a curve with few points."""
    arrays = draw("epochs", epochs=200, batch_size=1)

    assert len(arrays["on"]) <= 2_200


def test_an_activation_has_its_slope():
    """The curve is the function, and the dotted one its derivative."""
    arrays = draw("activation", activation="silu")
    x = torch.from_numpy(arrays["x"])

    assert np.allclose(arrays["on"], nn.functional.silu(x))
    assert np.allclose(arrays["on_slope"], np.gradient(arrays["on"], arrays["x"]), atol=0.02)


def test_a_clipped_gradient_is_as_long_as_allowed():
    """Clipping leaves short gradients as they are and shortens long ones."""
    arrays = draw("grad_clip", grad_clip=0.5)

    assert np.allclose(arrays["on"], np.minimum(arrays["x"], 0.5), atol=1e-4)
    assert np.allclose(arrays["off"], arrays["x"], atol=1e-4)


def test_smoothed_labels_ask_for_less_than_certainty():
    """With label smoothing the loss has its least at an output that is not the largest."""
    arrays = draw("label_smoothing", label_smoothing=0.1)

    assert 0 < arrays["on"].argmin() < len(arrays["x"]) - 1
    assert arrays["off"].argmin() == len(arrays["x"]) - 1


def test_weights_walk_down_the_valley():
    """With the baseline's optimiser and without noise the walk ends nearer to the floor than it began."""
    off = draw("momentum")["off"]

    assert np.linalg.norm(off[-1]) < 0.3 * np.linalg.norm(off[0])


def test_whitened_filters_come_in_pairs():
    """Whitening sets every second filter to the negative of the one before."""
    after = draw("whiten")["after"]

    assert np.allclose(after[0::2], -after[1::2])


def test_a_tenth_of_the_images_is_kept():
    """Of a hundred images about as many are kept as the share says."""
    kept = draw("train_share", train_share=0.1)["kept"]

    assert 2 <= kept.sum() <= 20


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


def test_a_trick_without_a_picture_is_refused():
    """Asking for the picture of a trick that has none is an error in one sentence."""
    with pytest.raises(ValueError, match="^there is no picture of precision$"):
        draw_picture(Recipe(), "precision", 0, NOWHERE)
