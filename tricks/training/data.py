"""A dataset, kept on the device whole; batches are cut and augmented there.

Images are bytes, [images, 32, 32, 3]. A batch leaves as floats, [batch, 3, 32, 32] in channels-last memory.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

SIDE = 32

Batch = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """All images (bytes, [images, 32, 32, 3]) and labels ([images]) on one device."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor

    def to(self, device: torch.device) -> "Dataset":
        """The same data on the device."""
        return Dataset(**{name: tensor.to(device) for name, tensor in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What chance decides for one epoch: the order of the images ([images]), and for each place in that order whether
    it is mirrored ([images]) and where its window is cut ([images, 2], from 0 to 2 * padding)."""

    order: torch.Tensor
    mirrored: torch.Tensor
    offsets: torch.Tensor


def draw_epoch(run: Run, epoch: int, images: int) -> Draws:
    """The draws of an epoch over this many images, made on the CPU, so that they are the same on every device."""
    shifts = 2 * run.recipe.crop_padding + 1
    return Draws(
        order=torch.randperm(images, generator=random_stream(run, "order", epoch)),
        mirrored=torch.rand(images, generator=random_stream(run, "flip", epoch)) < 0.5,
        offsets=torch.randint(shifts, (images, 2), generator=random_stream(run, "crop", epoch)),
    )


def random_stream(run: Run, purpose: str, epoch: int) -> torch.Generator:
    """The generator for one purpose in one epoch."""
    return torch.Generator().manual_seed(run.derive_seed(purpose, epoch))


def cut_batch(
    dataset: Dataset, draws: Draws, rows: torch.Tensor, recipe: Recipe, normalization: "Normalization"
) -> Batch:
    """The augmented training batch at these places of the epoch's order: inputs [batch, 3, 32, 32], labels [batch]."""
    chosen = draws.order[rows]
    images = dataset.train_images[chosen]  # [batch, 32, 32, 3]
    if recipe.crop_padding:
        images = crop(images, recipe.crop_padding, draws.offsets[rows])
    if recipe.flip:
        images = flip(images, draws.mirrored[rows])
    return to_inputs(images, normalization), dataset.train_labels[chosen]


def flip(images: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    """The images, mirrored left to right where `mirrored` says so."""
    return torch.where(mirrored[:, None, None, None], images.flip(2), images)


def crop(images: torch.Tensor, padding: int, offsets: torch.Tensor) -> torch.Tensor:
    """Windows of the black-bordered images, each at its own offset, [batch, 2] from 0 to 2 * padding."""
    padded = F.pad(images, (0, 0, padding, padding, padding, padding))  # [batch, 32 + 2p, 32 + 2p, 3]
    window = torch.arange(SIDE, device=images.device)
    rows, columns = offsets[:, :1] + window, offsets[:, 1:] + window  # [batch, 32] each
    batch = torch.arange(len(images), device=images.device)
    return padded[batch[:, None, None], rows[:, :, None], columns[:, None, :]]  # [batch, 32, 32, 3]


Normalization = tuple[torch.Tensor, torch.Tensor] | None


def build_normalization(recipe: Recipe, device: torch.device) -> Normalization:
    """Mean and deviation of the colours, [3, 1, 1] each, where the recipe normalises.

    They are made once a run: a constant that is sent to a GPU again with every batch makes every batch wait.
    """
    if not recipe.normalize:
        return None
    dataset = DATASETS[recipe.dataset]
    mean, deviation = (
        torch.tensor(values, device=device)[:, None, None] for values in (dataset.mean, dataset.deviation)
    )
    return mean, deviation


def to_inputs(images: torch.Tensor, normalization: Normalization) -> torch.Tensor:
    """Floats from 0 to 1, or normalised over the training images: [batch, 3, 32, 32], channels last in memory."""
    inputs = images.permute(0, 3, 1, 2).float().div_(255)
    if normalization is None:
        return inputs
    mean, deviation = normalization
    return inputs.sub_(mean).div_(deviation)
