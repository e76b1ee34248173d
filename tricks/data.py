"""CIFAR-10, or the toy set, kept on the device whole; batches are cut and augmented there.

Images are bytes, [images, 32, 32, 3]. A batch leaves as floats, [batch, 3, 32, 32] in channels-last memory.
"""

import json
import os
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
from filelock import FileLock

from tricks.recipe import DATASETS, Recipe
from tricks.run import Preparing, Run
from tricks.settings import DECODED_COPY

SIDE = 32
CHANNEL_MEAN = (0.4914, 0.4822, 0.4465)
CHANNEL_DEVIATION = (0.2470, 0.2435, 0.2616)
ARCHIVE_BYTES = 170_498_071


class DataError(Exception):
    """The data cannot be had; the message is one sentence that says what to do."""


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


def load_dataset(name: str, folder: Path, device: torch.device) -> Generator[Preparing, None, Dataset]:
    """Yields what it is busy with, and returns the dataset; CIFAR-10 is downloaded into `folder` on first need."""
    dataset = make_toy_set() if name == "toy" else (yield from load_cifar10(folder))
    return dataset.to(device)


def load_cifar10(folder: Path) -> Generator[Preparing, None, Dataset]:
    """CIFAR-10 on the CPU, read from the folder's decoded copy when that is up to date, else through torchvision."""
    yield Preparing(text="Reading CIFAR-10")
    try:
        return read_decoded_copy(folder)
    except (OSError, ValueError, KeyError, safetensors.SafetensorError):
        pass  # No copy yet, or of other files: the official files are read and checked again.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "cifar-10.lock"):
            yield from download_cifar10(folder)
    except OSError as error:
        # A folder that cannot be written may still hold the files.
        if not (folder / "cifar-10-batches-py").exists():
            raise DataError(
                f"CIFAR-10 cannot be kept in {folder} ({error}): set TRICKS_DATA to another folder"
            ) from None
    dataset = read_official_files(folder)
    keep_decoded_copy(folder, dataset)
    return dataset


def finish(loading: Generator[Preparing, None, Dataset]) -> Dataset:
    """The dataset that a loading returns in the end."""
    while True:
        try:
            next(loading)
        except StopIteration as end:
            return end.value


def download_cifar10(folder: Path) -> Iterator[Preparing]:
    """Downloads the archive through torchvision, in a thread whose progress is read off the growing file."""
    from torchvision.datasets import CIFAR10  # A second to import, and needed only before there is a decoded copy.

    failures: list[Exception] = []

    def download() -> None:
        try:
            CIFAR10(folder, download=True)
        except RuntimeError:
            pass  # Not of the network: reading the files, which comes next, says what is wrong with them.
        except Exception as error:  # Reported below, in the caller's thread.
            failures.append(error)

    thread = threading.Thread(target=download, daemon=True)
    thread.start()
    archive = folder / CIFAR10.filename
    while thread.is_alive():
        thread.join(0.5)
        size = archive.stat().st_size if archive.exists() else 0
        if thread.is_alive() and size:
            yield Preparing(text="Downloading CIFAR-10", fraction=min(1.0, size / ARCHIVE_BYTES))
    if failures:
        raise DataError(
            f"CIFAR-10 in {folder} is missing or damaged and cannot be downloaded ({failures[0]}): connect to the"
            " internet, or set TRICKS_DATA to a folder that has it, or choose the toy set"
        )


def read_official_files(folder: Path) -> Dataset:
    """CIFAR-10 as torchvision reads it, every file checked against its published sum."""
    from torchvision.datasets import CIFAR10

    try:
        train, test = CIFAR10(folder, train=True), CIFAR10(folder, train=False)
    except (RuntimeError, OSError, EOFError) as error:
        raise DataError(
            f"CIFAR-10 in {folder} is missing or damaged ({error}): delete the folder to download it again, set"
            " TRICKS_DATA to a folder that has it, or choose the toy set"
        ) from None
    return Dataset(
        train_images=torch.from_numpy(train.data).contiguous(),  # [50000, 32, 32, 3]
        train_labels=torch.tensor(train.targets),
        test_images=torch.from_numpy(test.data).contiguous(),  # [10000, 32, 32, 3]
        test_labels=torch.tensor(test.targets),
    )


def read_decoded_copy(folder: Path) -> Dataset:
    """The tensors as kept by `keep_decoded_copy`; a ValueError when the official files have changed since."""
    path = folder / DECODED_COPY
    with safetensors.safe_open(path, framework="pt") as file:
        if file.metadata() != fingerprint(folder):
            raise ValueError("the decoded copy is of other files")
        return Dataset(**{name: file.get_tensor(name) for name in file.keys()})


def keep_decoded_copy(folder: Path, dataset: Dataset) -> None:
    """Keeps the decoded tensors beside the official files, which spares every later worker two seconds."""
    path = folder / DECODED_COPY
    partial = path.with_suffix(f".{os.getpid()}.part")
    try:
        safetensors.torch.save_file(vars(dataset), partial, metadata=fingerprint(folder))
        partial.replace(path)
    except (OSError, safetensors.SafetensorError):
        partial.unlink(missing_ok=True)  # A read-only or full disk: the official files serve as well, only slower.


def fingerprint(folder: Path) -> dict[str, str]:
    """Size and time of every official file, which change when a file is replaced or damaged."""
    files = sorted((folder / "cifar-10-batches-py").iterdir())
    return {file.name: json.dumps([file.stat().st_size, file.stat().st_mtime_ns]) for file in files}


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
