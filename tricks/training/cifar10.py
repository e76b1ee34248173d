"""CIFAR-10: downloaded once by whoever needs it first, checked against its published sums, and kept decoded."""

import hashlib
import threading
import urllib.error
from collections.abc import Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from filelock import FileLock, Timeout

from tricks.images.decoded import describe_copy, fingerprint
from tricks.recipe.measurements import Heartbeat, Preparing
from tricks.settings import DECODED_COPY, OFFICIAL_FILES
from tricks.system.files import advise, format_os_error, make_lock, replacing
from tricks.training.data import Dataset

ARCHIVE_BYTES = 170_498_071
LOCK = "cifar-10.lock"
LOOK_SECONDS = 0.5
OTHERWISE = "set TRICKS_DATA to a folder that has it, or choose the toy set"

Loading = Generator[Preparing | Heartbeat, None, Dataset]


class DataError(Exception):
    """The data cannot be had; the message is one sentence that says what to do."""


def load_cifar10(folder: Path) -> Loading:
    """CIFAR-10 on the CPU, read from the folder's decoded copy when that is up to date, else from the official files.

    Of several processes that need it at the same time one downloads and decodes it, and the others wait (DataError).
    """
    yield Preparing(text="Reading CIFAR-10")
    if known := read_decoded_copy(folder):
        return known
    try:
        with ExitStack() as held:
            lock = yield from take_lock(folder, held)
            return (yield from fetch(folder, lock))
    except OSError as error:
        right = "give this user the right to read it, " if isinstance(error, PermissionError) else ""
        raise DataError(f"CIFAR-10 in {folder} cannot be read ({format_os_error(error)}): {right}{OTHERWISE}") from None


def fetch(folder: Path, lock: FileLock | None) -> Loading:
    """What another process has kept meanwhile, else the official files, which are then kept decoded."""
    if known := read_decoded_copy(folder):
        return known
    if lock and list_damaged(folder):
        yield from download_cifar10(folder, lock)
    files = fingerprint(folder)
    dataset = read_official_files(folder)
    keep_decoded_copy(folder, dataset, files)
    return dataset


def take_lock(folder: Path, held: ExitStack) -> Generator[Preparing | Heartbeat, None, FileLock | None]:
    """Takes the right to change the folder into `held`; None where that cannot be had, but the files are there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = make_lock(folder / LOCK)
        with suppress(Timeout):
            return held.enter_context(lock.acquire(timeout=0))
    except OSError as error:
        if (folder / OFFICIAL_FILES).exists():
            return None
        raise DataError(explain_refusal(folder, error)) from None
    yield Preparing(text="Waiting for another process that fetches CIFAR-10")
    while True:
        yield Heartbeat()
        with suppress(Timeout):
            return held.enter_context(lock.acquire(timeout=LOOK_SECONDS))


def download_cifar10(folder: Path, lock: FileLock) -> Iterator[Preparing | Heartbeat]:
    """Downloads the archive through torchvision, in a thread whose progress is read off the file (DataError)."""
    from torchvision.datasets import CIFAR10  # A second to import, and needed only before there is a decoded copy.
    from torchvision.datasets.utils import download_and_extract_archive

    failures: list[Exception] = []

    def download() -> None:
        try:
            with lock:  # A second time: this goes on when whoever waits for it is ended.
                download_and_extract_archive(CIFAR10.url, folder, filename=CIFAR10.filename, md5=CIFAR10.tgz_md5)
        except Exception as error:  # Told below, in the caller's thread.
            failures.append(error)

    thread = threading.Thread(target=download, daemon=True)
    thread.start()
    archive = folder / CIFAR10.filename
    while thread.is_alive():
        thread.join(LOOK_SECONDS)
        size = archive.stat().st_size if thread.is_alive() and archive.exists() else 0
        yield Preparing(text="Downloading CIFAR-10", fraction=min(1.0, size / ARCHIVE_BYTES)) if size else Heartbeat()
    if failures:
        raise DataError(explain_failed_download(folder, failures[0]))


def explain_failed_download(folder: Path, error: Exception) -> str:
    """What is missing, and what to do about it: about the network, or about the disk."""
    of_network = isinstance(error, urllib.error.URLError | ConnectionError | TimeoutError)
    if isinstance(error, OSError) and error.errno and not of_network:
        return explain_refusal(folder, error)
    if isinstance(error, RuntimeError):  # What arrived has not the published sum.
        return f"the download of CIFAR-10 ended early, or was changed on its way: try again, {OTHERWISE}"
    return (
        f"CIFAR-10 in {folder} is missing or damaged and cannot be downloaded ({error}): connect to the internet,"
        f" {OTHERWISE}"
    )


def explain_refusal(folder: Path, error: OSError) -> str:
    """Why nothing can be kept in the folder, and what to do."""
    return f"CIFAR-10 cannot be kept in {folder} ({format_os_error(error)}): {advise(error, 'TRICKS_DATA')}"


def list_damaged(folder: Path) -> list[str]:
    """The official files that are missing, or are not what was published."""
    from torchvision.datasets import CIFAR10

    sums = dict([*CIFAR10.train_list, *CIFAR10.test_list, (CIFAR10.meta["filename"], CIFAR10.meta["md5"])])
    return [name for name, md5 in sums.items() if measure_md5(folder / OFFICIAL_FILES / name) != md5]


def measure_md5(path: Path) -> str:
    """The file's sum; nothing of one that is not there."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""


def read_official_files(folder: Path) -> Dataset:
    """CIFAR-10 as torchvision reads it, every file checked against its published sum (DataError)."""
    from torchvision.datasets import CIFAR10

    try:
        train, test = CIFAR10(folder, train=True), CIFAR10(folder, train=False)
    except RuntimeError:  # Its words are for programmers.
        damaged = ", ".join(list_damaged(folder))
        raise DataError(f"CIFAR-10 in {folder} is missing or damaged ({damaged}): {OTHERWISE}") from None
    return Dataset(
        train_images=torch.from_numpy(train.data).contiguous(),  # [50000, 32, 32, 3]
        train_labels=torch.tensor(train.targets),
        test_images=torch.from_numpy(test.data).contiguous(),  # [10000, 32, 32, 3]
        test_labels=torch.tensor(test.targets),
    )


def read_decoded_copy(folder: Path) -> Dataset | None:
    """The tensors as kept by `keep_decoded_copy`; None without them, or if they or the official files have changed."""
    try:
        with safetensors.safe_open(folder / DECODED_COPY, framework="pt") as file:
            known, files = file.metadata() or {}, fingerprint(folder)
            if not files.items() <= known.items():
                return None
            dataset = Dataset(**{name: file.get_tensor(name) for name in file.keys()})
        return dataset if known == label_copy(files, dataset) else None
    except (OSError, ValueError, TypeError, safetensors.SafetensorError):
        return None


def keep_decoded_copy(folder: Path, dataset: Dataset, files: dict[str, str]) -> None:
    """Keeps the tensors decoded from these files beside them, which spares every later worker two seconds."""
    # On a read-only or full disk, or as another user, the official files serve as well, only slower.
    with suppress(OSError, safetensors.SafetensorError), replacing(folder / DECODED_COPY) as partial:
        safetensors.torch.save_file(vars(dataset), partial, metadata=label_copy(files, dataset))


def label_copy(files: dict[str, str], dataset: Dataset) -> dict[str, str]:
    """What the decoded copy says of itself: the files that it was made of, and its checksums."""
    return files | describe_copy({name: tensor.numpy() for name, tensor in vars(dataset).items()})
