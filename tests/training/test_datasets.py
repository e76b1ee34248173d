"""Where the images come from: the toy set, and CIFAR-10's files, fetched once and checked."""

import hashlib
import http.server
import os
import pickle
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.run import Preparing
from tricks.settings import ROOT
from tricks.training import datasets
from tricks.training.data import Dataset
from tricks.training.datasets import LOADERS, DataError, load_dataset, make_toy_set

CPU = torch.device("cpu")
BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
ROWS = np.random.default_rng(0).integers(256, size=(24, 3072), dtype=np.uint8)  # What the tiny official files hold.
LABELS = [number % 10 for number in range(24)]


def raise_read_only(*_, **__):
    """What a read-only disk says."""
    raise PermissionError("read-only file system")


def load(name: str, folder: Path) -> tuple[list[Preparing], Dataset]:
    """What a loading says while it is busy, and the dataset that it returns."""
    loading, said = load_dataset(name, folder, CPU), []
    while True:
        try:
            said.append(next(loading))
        except StopIteration as end:
            return said, end.value


@pytest.fixture(scope="module")
def toy_set() -> Dataset:
    """The toy set."""
    return make_toy_set()


def test_every_dataset_can_be_loaded():
    """Every dataset of the catalogue has a way to be had, so that no name trains on the images of another."""
    assert set(DATASETS) == set(LOADERS)


@pytest.mark.parametrize("part", ["train", "test"])
def test_toy_shapes(toy_set, part):
    """The toy set has CIFAR-10's shapes and ten classes, and as many images as the catalogue says."""
    images, labels = getattr(toy_set, f"{part}_images"), getattr(toy_set, f"{part}_labels")

    assert (getattr(DATASETS["toy"], f"{part}_images"), 32, 32, 3) == images.shape
    assert (torch.uint8, torch.int64) == (images.dtype, labels.dtype)
    assert list(range(10)) == sorted(set(labels.tolist()))


def test_toy_is_repeatable(toy_set, tmp_path):
    """The toy set is the same each time, whatever PyTorch's random state, and leaves nothing on the disk."""
    torch.manual_seed(1)

    said, again = load("toy", tmp_path / "data")

    assert all(torch.equal(getattr(toy_set, name), tensor) for name, tensor in vars(again).items())
    assert [] == said
    assert not (tmp_path / "data").exists()


@pytest.fixture
def archive(tmp_path, monkeypatch) -> Path:
    """A tiny cifar-10-python.tar.gz, the only place from which it can be had being a network that is down."""
    made = tmp_path / "made" / CIFAR10.base_folder
    made.mkdir(parents=True)
    for place, name in enumerate(BATCHES):
        rows = slice(4 * place, 4 * place + 4)
        (made / name).write_bytes(pickle.dumps({"data": ROWS[rows], "labels": LABELS[rows]}))
    (made / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    path = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(made, CIFAR10.base_folder)
    sums = [[name, hashlib.md5((made / name).read_bytes()).hexdigest()] for name in BATCHES]
    monkeypatch.setattr(CIFAR10, "train_list", sums[:5])
    monkeypatch.setattr(CIFAR10, "test_list", sums[5:])
    meta_sum = hashlib.md5((made / "batches.meta").read_bytes()).hexdigest()
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": meta_sum})
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(path.read_bytes()).hexdigest())
    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    monkeypatch.setattr(datasets, "ARCHIVE_BYTES", path.stat().st_size)
    monkeypatch.setenv("no_proxy", "*")
    return path


@pytest.fixture
def folder(archive, tmp_path) -> Path:
    """A folder with the tiny official files."""
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "data", filter="data")
    return tmp_path / "data"


@pytest.fixture
def downloads(archive, monkeypatch) -> Iterator[list[str]]:
    """The downloads that a network that is up has served, each with a pause in the middle."""
    served: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = archive.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.headers["Method"] == "HEAD":  # torchvision first looks where redirections lead, in this odd way.
                return
            served.append(self.path)
            self.wfile.write(content[: len(content) // 2])
            threading.Event().wait(0.6)
            self.wfile.write(content[len(content) // 2 :])

        def log_message(self, *_) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{server.server_port}/cifar-10-python.tar.gz")
        yield served
        server.shutdown()


def is_official(dataset: Dataset) -> bool:
    """Whether the dataset is the one of the tiny official files."""
    images = torch.from_numpy(ROWS).view(-1, 3, 32, 32).permute(0, 2, 3, 1)
    return (
        torch.equal(images[:20], dataset.train_images)
        and torch.equal(images[20:], dataset.test_images)
        and LABELS == dataset.train_labels.tolist() + dataset.test_labels.tolist()
    )


def test_official_files(folder):
    """The official files are read in their own order, with no network."""
    _, dataset = load("cifar10", folder)

    assert is_official(dataset)


def test_missing_data(archive, tmp_path):
    """Without the files and without a network, one sentence names TRICKS_DATA and the toy set."""
    with pytest.raises(DataError) as caught:
        load("cifar10", tmp_path / "data")

    assert "missing" in str(caught.value)
    assert "TRICKS_DATA" in str(caught.value)
    assert "toy set" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch"])
@pytest.mark.parametrize("known", [False, True], ids=["first read", "read before"])
def test_damaged_file(folder, name, known):
    """A damaged official file is noticed, also when it was whole at an earlier reading."""
    path = folder / CIFAR10.base_folder / name
    if known:
        load("cifar10", folder)
    path.write_bytes(path.read_bytes()[:-9] + b"?" + path.read_bytes()[-8:])

    with pytest.raises(DataError, match="damaged.*TRICKS_DATA.*toy set"):
        load("cifar10", folder)


def test_decoded_copy_is_used(folder, monkeypatch):
    """A second reading takes the decoded copy, and reads no official file."""
    load("cifar10", folder)
    monkeypatch.setattr(datasets, "read_official_files", None)

    _, dataset = load("cifar10", folder)

    assert is_official(dataset)


@pytest.mark.parametrize("length", [0, 4, 100, 5_000, -1])
def test_torn_copy(folder, length):
    """A torn decoded copy is ignored and made again."""
    load("cifar10", folder)
    copy = folder / "cifar-10-decoded.safetensors"
    copy.write_bytes(copy.read_bytes()[:length])

    _, dataset = load("cifar10", folder)

    assert is_official(dataset)
    assert is_official(datasets.read_decoded_copy(folder))


def test_copy_of_other_files(folder):
    """A decoded copy is ignored when an official file has been written since."""
    datasets.keep_decoded_copy(folder, make_toy_set())
    os.utime(folder / CIFAR10.base_folder / "data_batch_1", (0, 0))

    _, dataset = load("cifar10", folder)

    assert is_official(dataset)


@pytest.mark.cifar10
def test_cifar10(cifar10_folder):
    """CIFAR-10 has 5,000 training and 1,000 test images of each class."""
    _, dataset = load("cifar10", cifar10_folder)

    assert (50_000, 32, 32, 3) == dataset.train_images.shape
    assert [5_000] * 10 == dataset.train_labels.bincount().tolist()
    assert [1_000] * 10 == dataset.test_labels.bincount().tolist()


def test_read_only_folder(folder, monkeypatch):
    """A folder that cannot be written serves as well."""
    monkeypatch.setattr(datasets, "FileLock", raise_read_only)
    monkeypatch.setattr(datasets.safetensors.torch, "save_file", raise_read_only)

    _, dataset = load("cifar10", folder)

    assert is_official(dataset)
    assert [CIFAR10.base_folder] == os.listdir(folder)


def test_unusable_folder(tmp_path):
    """A data folder that cannot be made is one sentence that names TRICKS_DATA."""
    (tmp_path / "data").write_text("a file")

    with pytest.raises(DataError, match="cannot be kept in .*TRICKS_DATA"):
        load("cifar10", tmp_path / "data")


def test_download_once(downloads, tmp_path):
    """Two that need CIFAR-10 at once download it once, and the one who downloads sees how far it is."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(load("cifar10", tmp_path / "data"))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fractions = [one.fraction for said, _ in answers for one in said if one.text == "Downloading CIFAR-10"]

    assert ["/cifar-10-python.tar.gz"] == downloads
    assert [True, True] == [is_official(dataset) for _, dataset in answers]
    assert fractions
    assert all(0 < fraction <= 0.5 for fraction in fractions)


def test_missing_class_names_are_said(folder, downloads):
    """What torchvision does not fetch again by itself is said, with what to do."""
    (folder / CIFAR10.base_folder / "batches.meta").unlink()

    with pytest.raises(DataError, match="delete the folder to download it again"):
        load("cifar10", folder)


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch"])
def test_damage_is_mended(folder, downloads, name):
    """With a network, a file that is missing is fetched again."""
    (folder / CIFAR10.base_folder / name).unlink()

    _, dataset = load("cifar10", folder)

    assert is_official(dataset)


def test_torn_download(archive, downloads, tmp_path):
    """A download that was interrupted is begun again."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / archive.name).write_bytes(archive.read_bytes()[:1000])

    _, dataset = load("cifar10", tmp_path / "data")

    assert is_official(dataset)


def test_import_is_silent(tmp_path):
    """Importing the product's training half opens no connection and writes no data."""
    forbid = "import sys; sys.addaudithook(lambda event, _: event.startswith('socket.') and sys.exit(event))"
    environment = {**os.environ, "TRICKS_DATA": str(tmp_path / "data")}

    code = subprocess.call([sys.executable, "-c", f"{forbid}; import tricks.engines.worker"], env=environment, cwd=ROOT)

    assert 0 == code
    assert not (tmp_path / "data").exists()
