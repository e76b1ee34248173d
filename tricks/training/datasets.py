"""Where the images come from: CIFAR-10, or the toy set, which is made on the spot."""

from pathlib import Path

import torch
import torch.nn.functional as F

from tricks.catalogue.datasets import DATASETS
from tricks.training.cifar10 import Loading, load_cifar10
from tricks.training.data import SIDE, Dataset, move


def load_dataset(name: str, folder: Path, device: torch.device) -> Loading:
    """Yields what it is busy with, and returns the dataset; CIFAR-10 is downloaded into `folder` on first need."""
    dataset = yield from LOADERS[name](folder)
    return move(dataset, device)


def finish(loading: Loading) -> Dataset:
    """The dataset that a loading returns in the end."""
    while True:
        try:
            next(loading)
        except StopIteration as end:
            return end.value


def load_toy_set(folder: Path) -> Loading:
    """The toy set, which needs no folder, and no time worth telling."""
    yield from ()
    return make_toy_set()


def make_toy_set() -> Dataset:
    """A small learnable set of CIFAR-10's shapes: each class is a smooth pattern, shifted, dimmed and noisy."""
    generator = torch.Generator().manual_seed(20210327)
    patterns = F.interpolate(torch.randn(10, 3, 5, 5, generator=generator), SIDE, mode="bicubic")  # [10, 3, 32, 32]

    def draw(images: int) -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.randint(10, (images,), generator=generator)
        shifts = torch.randint(-6, 7, (images, 2), generator=generator).tolist()
        contrast = 0.2 + 0.8 * torch.rand(images, 1, 1, 1, generator=generator)
        shifted = [patterns[label].roll(shift, (1, 2)) for label, shift in zip(labels.tolist(), shifts, strict=True)]
        noise = torch.randn(images, 3, SIDE, SIDE, generator=generator)
        pixels = 128 + 32 * (contrast * torch.stack(shifted) + 1.5 * noise)
        return pixels.clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous(), labels  # [images, 32, 32, 3]

    train, test = (draw(images) for images in (DATASETS["toy"].train_images, DATASETS["toy"].test_images))
    return Dataset(train_images=train[0], train_labels=train[1], test_images=test[0], test_labels=test[1])


# How each dataset of the catalogue is had on the CPU, from the folder of the data.
LOADERS = {"cifar10": load_cifar10, "toy": load_toy_set}
