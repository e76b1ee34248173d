"""Batches: in the same order everywhere, each image with its label, augmented as the recipe says."""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2.functional import crop as v2_crop
from torchvision.transforms.v2.functional import pad

from tests.training.batches import cut_batches
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Dataset, build_normalization, crop, cut_out, draw_epoch, flip, to_inputs

NO_LABELS = dict.fromkeys(["train_labels", "test_labels"], torch.zeros(400, dtype=torch.int64))


def random_images(count: int) -> torch.Tensor:
    """Images of noise, none of whose pixels is black."""
    return torch.randint(1, 256, (count, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def numbered_dataset(count: int) -> Dataset:
    """Images that each have a label of their own, so that labels say which image was cut."""
    images, labels = random_images(count), torch.arange(count)
    return Dataset(train_images=images, train_labels=labels, test_images=images, test_labels=labels)


def cut_first_batch(dataset: Dataset, **values) -> torch.Tensor:
    """The inputs of the first batch."""
    return next(cut_batches(dataset, Run(recipe=Recipe(dataset="toy", **values), seed=0), epoch=0))[0]


def list_order(dataset: Dataset, epoch: int = 0, seed: int = 0, **values) -> list[int]:
    """The numbers of a numbered dataset's images in the order in which an epoch cuts them."""
    run = Run(recipe=Recipe(dataset="toy", **values), seed=seed)
    return torch.cat([labels for _, labels in cut_batches(dataset, run, epoch)]).tolist()


def test_inputs_are_to_tensor():
    """Without normalisation a batch is what torchvision's ToTensor makes: floats from 0 to 1, channels first."""
    images = random_images(4)
    expected = torch.stack([image.permute(2, 0, 1).to(torch.float32).div(255) for image in images])

    inputs = to_inputs(images, None)

    assert torch.equal(expected, inputs)
    assert inputs.is_contiguous(memory_format=torch.channels_last)


def test_inputs_are_normalized():
    """Normalised inputs are what torchvision's Normalize makes, with the mean and deviation of the 2021 post."""
    images = random_images(4)
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
    deviation = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)

    inputs = to_inputs(images, build_normalization(Recipe(normalize=True), torch.device("cpu")))

    assert torch.equal((to_inputs(images, None) - mean) / deviation, inputs)


def test_flip_twice():
    """Flipping twice is the identity."""
    images, mirrored = random_images(4), torch.tensor([True, False, True, True])

    twice = flip(flip(images, mirrored), mirrored)

    assert torch.equal(images, twice)


def test_flip_mirrors():
    """A flip swaps left and right, not up and down, and only of the images that it is told to."""
    images = random_images(2)

    flipped = flip(images, torch.tensor([True, False]))

    assert torch.equal(images[0, :, list(range(31, -1, -1))], flipped[0])
    assert torch.equal(images[1], flipped[1])


def test_crop_center():
    """A crop at the offset of the padding is the identity."""
    images = random_images(3)

    cropped = crop(images, 2, torch.full((3, 2), 2))

    assert torch.equal(images, cropped)


@pytest.mark.parametrize("padding", [2, 4])
def test_crop_shifts(padding):
    """A crop at offset 0 shifts the image down and right by the padding, and the border that comes in is black."""
    images = random_images(2)

    cropped = crop(images, padding, torch.tensor([[0, 0], [2 * padding, padding]]))

    assert torch.equal(images[0, :-padding, :-padding], cropped[0, padding:, padding:])
    assert 0 == cropped[0, :padding].sum() + cropped[0, :, :padding].sum()
    assert torch.equal(images[1, padding:], cropped[1, :-padding])
    assert 0 == cropped[1, -padding:].sum()


@pytest.mark.parametrize("fill, mode", [("black", "constant"), ("reflect", "reflect")])
@pytest.mark.parametrize("padding", [1, 4, 16])
def test_crop_agrees_with_torchvision(padding, fill, mode):
    """Windows are those that torchvision cuts out of an image that it pads, in black or by reflection."""
    images = random_images(20)
    offsets = torch.randint(2 * padding + 1, (20, 2), generator=torch.Generator().manual_seed(3))
    padded = pad(images.permute(0, 3, 1, 2), [padding], padding_mode=mode)
    expected = torch.stack(
        [v2_crop(one, top, left, 32, 32) for one, (top, left) in zip(padded, offsets.tolist(), strict=True)]
    )

    cropped = crop(images, padding, offsets, fill)

    assert torch.equal(expected.permute(0, 2, 3, 1), cropped)


@pytest.mark.parametrize("values", [{}, {"flip": True}, {"crop_padding": 4}, {"flip": True, "crop_padding": 4}])
def test_batches_cover_the_set(values):
    """An epoch cuts every training image exactly once, in batches of which the last one is smaller."""
    dataset, run = numbered_dataset(100), Run(recipe=Recipe(dataset="toy", batch_size=32, **values), seed=0)

    batches = list(cut_batches(dataset, run, epoch=0))

    assert [32, 32, 32, 4] == [len(labels) for _, labels in batches]
    assert [(32, 3, 32, 32)] * 3 + [(4, 3, 32, 32)] == [inputs.shape for inputs, _ in batches]
    assert list(range(100)) == sorted(torch.cat([labels for _, labels in batches]).tolist())


@pytest.mark.parametrize("side", [8, 16])
def test_cutout_agrees_with_a_loop(side):
    """A square around its centre is zero, as its authors' loop has it, and nothing else is touched."""
    images = to_inputs(random_images(50), None)
    centres = torch.randint(32, (50, 2), generator=torch.Generator().manual_seed(0))
    expected = images.numpy().copy()
    for image, (row, column) in zip(expected, centres.tolist(), strict=True):
        top, bottom = np.clip([row - side // 2, row + side // 2], 0, 32)
        left, right = np.clip([column - side // 2, column + side // 2], 0, 32)
        image[:, top:bottom, left:right] = 0

    cut = cut_out(images.clone(), side, centres)

    assert np.array_equal(expected, cut.numpy())


def test_holes_are_of_the_mean_colour():
    """Where inputs are normalised a hole is zero as well, which is the mean colour."""
    batch = cut_first_batch(numbered_dataset(40), cutout=16, normalize=True, batch_size=40)

    assert (batch == 0).all(1).any((1, 2)).all()


@pytest.mark.parametrize("values", [{"mixup": 0.2}, {"cutmix": 1.0}, {"color_jitter": 0.4}, {"cutout": 8}])
def test_new_draws_move_no_others(values):
    """Switching an augmentation on leaves the order, the flips and the crops of all others as they were."""
    runs = [Run(recipe=Recipe(flip=True, crop_padding=2, **more), seed=0) for more in ({}, values)]

    plain, more = (draw_epoch(run, 0, 100, 64) for run in runs)

    assert all(torch.equal(getattr(plain, name), getattr(more, name)) for name in ("order", "mirrored", "offsets"))
    assert any(len(getattr(more, name)) > len(tensor) for name, tensor in vars(plain).items())
    assert {0, 100} == {len(tensor) for tensor in vars(plain).values()}


def test_batches_keep_labels():
    """Every image comes with its own label."""
    dataset, run = numbered_dataset(100), Run(recipe=Recipe(dataset="toy"), seed=0)

    inputs, labels = next(cut_batches(dataset, run, epoch=0))

    assert torch.equal(to_inputs(dataset.train_images[labels], None), inputs)


def test_order_is_drawn():
    """The order of the images is the same for the same seed and epoch, and another for another seed or epoch."""
    dataset = numbered_dataset(100)
    orders = [list_order(dataset, epoch, seed) for epoch, seed in [(0, 0), (0, 0), (1, 0), (0, 1)]]

    first, again, next_epoch, next_seed = orders

    assert first == again
    assert 4 == len({tuple(order) for order in [first, next_epoch, next_seed, range(100)]})


@pytest.mark.parametrize("values", [{"flip": True}, {"crop_padding": 2}, {"batch_size": 10}, {"normalize": True}])
def test_order_is_kept(values):
    """Switching an augmentation on, or another batch size, leaves the order of the images as it was."""
    dataset = numbered_dataset(100)

    order = list_order(dataset, **values)

    assert list_order(dataset) == order


def test_augmentations_are_independent():
    """The same images are mirrored whether crops are on or not, and about half of them are."""
    brighter_to_the_right = (torch.arange(32, dtype=torch.uint8) * 8)[:, None].expand(400, 32, 32, 3).contiguous()
    dataset = Dataset(**dict.fromkeys(["train_images", "test_images"], brighter_to_the_right), **NO_LABELS)

    flipped = cut_first_batch(dataset, flip=True, batch_size=400)
    both = cut_first_batch(dataset, flip=True, crop_padding=4, batch_size=400)
    mirrored = flipped[:, 0, 16, 8] > flipped[:, 0, 16, 24]

    assert 150 < mirrored.sum() < 250
    assert torch.equal(mirrored, both[:, 0, 16, 8] > both[:, 0, 16, 24])
