"""A dataset, kept on the device whole; batches are cut and augmented there.

Images are bytes, [images, 32, 32, 3]. A batch leaves as floats, [batch, 3, 32, 32] in channels-last memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

SIDE = 32
CHANNEL_MEAN = (0.4914, 0.4822, 0.4465)
CHANNEL_DEVIATION = (0.2470, 0.2435, 0.2616)


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


def iterate_batches(dataset: Dataset, run: Run, epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """One epoch of augmented training batches: inputs [batch, 3, 32, 32] and labels [batch], the last one smaller.

    All random draws are made on the CPU before the first batch, so that they are the same on every device.
    """
    recipe, device = run.recipe, dataset.train_images.device
    count = len(dataset.train_images)
    order = torch.randperm(count, generator=random_stream(run, "order", epoch)).to(device)
    mirrored = (torch.rand(count, generator=random_stream(run, "flip", epoch)) < 0.5).to(device)
    offsets = torch.randint(2 * recipe.crop_padding + 1, (count, 2), generator=random_stream(run, "crop", epoch)).to(
        device
    )
    for start in range(0, count, recipe.batch_size):
        rows = slice(start, start + recipe.batch_size)
        images = dataset.train_images[order[rows]]
        if recipe.crop_padding:
            images = crop(images, recipe.crop_padding, offsets[rows])
        if recipe.flip:
            images = flip(images, mirrored[rows])
        yield to_inputs(images, recipe), dataset.train_labels[order[rows]]


def random_stream(run: Run, purpose: str, epoch: int) -> torch.Generator:
    """The generator for one purpose in one epoch."""
    return torch.Generator().manual_seed(run.derive_seed(purpose, epoch))


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


def to_inputs(images: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Floats from 0 to 1, or normalised over the training images: [batch, 3, 32, 32], channels last in memory."""
    inputs = images.permute(0, 3, 1, 2).float().div_(255)
    if not recipe.normalize:
        return inputs
    mean = torch.tensor(CHANNEL_MEAN, device=images.device)[:, None, None]
    deviation = torch.tensor(CHANNEL_DEVIATION, device=images.device)[:, None, None]
    return inputs.sub_(mean).div_(deviation)
