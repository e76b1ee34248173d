"""Where the images come from: CIFAR-10, downloaded once and kept decoded, or the toy set, which is made on the spot."""

import json
import os
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
from filelock import FileLock

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.run import Preparing
from tricks.settings import DECODED_COPY
from tricks.training.data import SIDE, Dataset

ARCHIVE_BYTES = 170_498_071


class DataError(Exception):
    """The data cannot be had; the message is one sentence that says what to do."""


def load_dataset(name: str, folder: Path, device: torch.device) -> Generator[Preparing, None, Dataset]:
    """Yields what it is busy with, and returns the dataset; CIFAR-10 is downloaded into `folder` on first need."""
    dataset = yield from LOADERS[name](folder)
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


def load_toy_set(folder: Path) -> Generator[Preparing, None, Dataset]:
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
