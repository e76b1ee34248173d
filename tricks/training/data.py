"""A dataset, kept on the device whole; batches are cut and augmented there.

Images are bytes, [images, 32, 32, 3]. A batch leaves as floats, [batch, 3, 32, 32] in channels-last memory.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.color import draw_factors, jitter
from tricks.training.mixing import draw_mixing, mix

SIDE = 32

Batch = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """All images (bytes, [images, 32, 32, 3]) and labels ([images]) on one device."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What chance decides for one epoch.

    The order of the images ([images]), and for each place in that order whether it is mirrored ([images]), where its
    window is cut ([images, 2], from 0 to 2 * padding), and, where the recipe has it (else [0, ...]), its hole's centre
    ([images, 2]), its colours' factors ([images, 3]), and how it is mixed with another (`mixing.py`: [images] and
    [images, 4]).
    """

    order: torch.Tensor
    mirrored: torch.Tensor
    offsets: torch.Tensor
    holes: torch.Tensor
    factors: torch.Tensor
    mixed_shares: torch.Tensor
    mixed_boxes: torch.Tensor


def move(value: Any, device: torch.device | str) -> Any:
    """A value of tensors with all of them on the device."""
    return replace(value, **{name: tensor.to(device) for name, tensor in vars(value).items()})


def draw_epoch(run: Run, epoch: int, images: int, batch_size: int) -> Draws:
    """The draws of an epoch over this many images, made on the CPU, so that they are the same on every device."""
    recipe, shifts = run.recipe, 2 * run.recipe.crop_padding + 1
    mixed = images if recipe.mixup or recipe.cutmix else 0
    mixed_shares, mixed_boxes = draw_mixing(
        recipe.mixup, recipe.cutmix, mixed, batch_size, SIDE, run.derive_seed("mix", epoch)
    )
    return Draws(
        order=torch.randperm(images, generator=random_stream(run, "order", epoch)),
        mirrored=torch.rand(images, generator=random_stream(run, "flip", epoch)) < 0.5,
        offsets=torch.randint(shifts, (images, 2), generator=random_stream(run, "crop", epoch)),
        holes=torch.randint(SIDE, (images if recipe.cutout else 0, 2), generator=random_stream(run, "cutout", epoch)),
        factors=draw_factors(
            recipe.color_jitter, images if recipe.color_jitter else 0, random_stream(run, "color", epoch)
        ),
        mixed_shares=mixed_shares,
        mixed_boxes=mixed_boxes,
    )


def random_stream(run: Run, purpose: str, epoch: int) -> torch.Generator:
    """The generator for one purpose in one epoch."""
    return torch.Generator().manual_seed(run.derive_seed(purpose, epoch))


def cut_batch(
    dataset: Dataset, draws: Draws, rows: torch.Tensor, recipe: Recipe, normalization: "Normalization"
) -> Batch:
    """The training batch at these places of the epoch's order: inputs [batch, 3, 32, 32], labels [batch].

    Where images are mixed the labels are each class's share, [batch, 10].
    """
    chosen = draws.order[rows]
    images = dataset.train_images[chosen]  # [batch, 32, 32, 3]
    if recipe.crop_padding:
        images = crop(images, recipe.crop_padding, draws.offsets[rows], recipe.crop_fill)
    if recipe.flip:
        images = flip(images, draws.mirrored[rows])
    inputs, labels = to_floats(images), dataset.train_labels[chosen]
    if recipe.color_jitter:
        inputs = jitter(inputs, draws.factors[rows])
    inputs = standardize(inputs, normalization)
    if recipe.cutout:
        inputs = cut_out(inputs, recipe.cutout, draws.holes[rows])
    if recipe.mixup or recipe.cutmix:
        classes = DATASETS[recipe.dataset].classes
        inputs, labels = mix(inputs, labels, draws.mixed_shares[rows], draws.mixed_boxes[rows], classes)
    return inputs, labels


def flip(images: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    """The images, mirrored left to right where `mirrored` says so."""
    return torch.where(mirrored[:, None, None, None], images.flip(2), images)


def crop(images: torch.Tensor, padding: int, offsets: torch.Tensor, fill: str = "black") -> torch.Tensor:
    """Windows of the images with a border, black or mirrored, at offsets, [batch, 2] from 0 to 2 * padding."""
    window = torch.arange(SIDE, device=images.device)
    rows, columns = offsets[:, :1] + window, offsets[:, 1:] + window  # [batch, 32] each
    if fill == "reflect":
        rows, columns = reflect(rows - padding), reflect(columns - padding)
    else:
        images = F.pad(images, (0, 0, padding, padding, padding, padding))  # [batch, 32 + 2p, 32 + 2p, 3]
    batch = torch.arange(len(images), device=images.device)
    return images[batch[:, None, None], rows[:, :, None], columns[:, None, :]]  # [batch, 32, 32, 3]


def reflect(places: torch.Tensor) -> torch.Tensor:
    """Places beside the image as the places inside that a mirror on its edge shows; the edge itself is not repeated."""
    return SIDE - 1 - (SIDE - 1 - places.abs()).abs()


def cut_out(inputs: torch.Tensor, side: int, centres: torch.Tensor) -> torch.Tensor:
    """The inputs with a square of zeros, the mean colour where they are normalised, around centres, [batch, 2]; what
    would lie beyond the edge is left out."""
    pixels = torch.arange(SIDE, device=inputs.device)
    distances = pixels - centres[:, :, None]  # [batch, 2, 32]
    rows, columns = ((-(side // 2) <= distances) & (distances < side - side // 2)).unbind(1)
    return inputs.masked_fill_((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)


Normalization = tuple[torch.Tensor, torch.Tensor] | None


def build_normalization(recipe: Recipe, device: torch.device) -> Normalization:
    """Mean and deviation of the colours, [3, 1, 1] each, where the recipe normalises.

    They are made once a run: a constant that is sent to a GPU again with every batch makes every batch wait.
    """
    if not recipe.normalize:
        return None
    dataset = DATASETS[recipe.dataset]
    return torch.tensor([dataset.mean, dataset.deviation], device=device)[:, :, None, None].unbind()


def to_inputs(images: torch.Tensor, normalization: Normalization) -> torch.Tensor:
    """Floats from 0 to 1, or normalised over the training images: [batch, 3, 32, 32], channels last in memory."""
    return standardize(to_floats(images), normalization)


def to_floats(images: torch.Tensor) -> torch.Tensor:
    """Bytes, [batch, 32, 32, 3], as floats from 0 to 1: [batch, 3, 32, 32], channels last in memory."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def standardize(inputs: torch.Tensor, normalization: Normalization) -> torch.Tensor:
    """The floats with mean 0 and deviation 1 over the training images, in place, or as they are."""
    if normalization is None:
        return inputs
    mean, deviation = normalization
    return inputs.sub_(mean).div_(deviation)
