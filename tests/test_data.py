"""The data: the toy set, batches in the same order everywhere, and CIFAR-10's files, fetched once and checked."""

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

from tricks import data
from tricks.data import DataError, Dataset, crop, flip, iterate_batches, load_dataset, make_toy_set, to_inputs
from tricks.recipe import DATASETS, Recipe
from tricks.run import Preparing, Run
from tricks.settings import ROOT

CPU = torch.device("cpu")
NO_LABELS = dict.fromkeys(["train_labels", "test_labels"], torch.zeros(400, dtype=torch.int64))
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


def random_images(count: int) -> torch.Tensor:
    """Images of noise, none of whose pixels is black."""
    return torch.randint(1, 256, (count, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def numbered_dataset(count: int) -> Dataset:
    """Images that each have a label of their own, so that labels say which image was cut."""
    images, labels = random_images(count), torch.arange(count)
    return Dataset(train_images=images, train_labels=labels, test_images=images, test_labels=labels)


def cut_first_batch(dataset: Dataset, **values) -> torch.Tensor:
    """The inputs of the first batch."""
    return next(iterate_batches(dataset, Run(recipe=Recipe(dataset="toy", **values), seed=0), epoch=0))[0]


def list_order(dataset: Dataset, epoch: int = 0, seed: int = 0, **values) -> list[int]:
    """The numbers of a numbered dataset's images in the order in which an epoch cuts them."""
    run = Run(recipe=Recipe(dataset="toy", **values), seed=seed)
    return torch.cat([labels for _, labels in iterate_batches(dataset, run, epoch)]).tolist()


@pytest.fixture(scope="module")
def toy_set() -> Dataset:
    """The toy set."""
    return make_toy_set()


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


def test_inputs_are_to_tensor():
    """Without normalisation a batch is what torchvision's ToTensor makes: floats from 0 to 1, channels first."""
    images = random_images(4)
    expected = torch.stack([image.permute(2, 0, 1).to(torch.float32).div(255) for image in images])

    inputs = to_inputs(images, Recipe())

    assert torch.equal(expected, inputs)
    assert inputs.is_contiguous(memory_format=torch.channels_last)


def test_inputs_are_normalized():
    """Normalised inputs are what torchvision's Normalize makes, with the mean and deviation of the 2021 post."""
    images = random_images(4)
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
    deviation = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)

    inputs = to_inputs(images, Recipe(normalize=True))

    assert torch.equal((to_inputs(images, Recipe()) - mean) / deviation, inputs)


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


@pytest.mark.parametrize("values", [{}, {"flip": True}, {"crop_padding": 4}, {"flip": True, "crop_padding": 4}])
def test_batches_cover_the_set(values):
    """An epoch cuts every training image exactly once, in batches of which the last one is smaller."""
    dataset, run = numbered_dataset(100), Run(recipe=Recipe(dataset="toy", batch_size=32, **values), seed=0)

    batches = list(iterate_batches(dataset, run, epoch=0))

    assert [32, 32, 32, 4] == [len(labels) for _, labels in batches]
    assert [(32, 3, 32, 32)] * 3 + [(4, 3, 32, 32)] == [inputs.shape for inputs, _ in batches]
    assert list(range(100)) == sorted(torch.cat([labels for _, labels in batches]).tolist())


def test_batches_keep_labels():
    """Every image comes with its own label."""
    dataset, run = numbered_dataset(100), Run(recipe=Recipe(dataset="toy"), seed=0)

    inputs, labels = next(iterate_batches(dataset, run, epoch=0))

    assert torch.equal(to_inputs(dataset.train_images[labels], run.recipe), inputs)


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
    monkeypatch.setattr(data, "ARCHIVE_BYTES", path.stat().st_size)
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
    monkeypatch.setattr(data, "read_official_files", None)

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
    assert is_official(data.read_decoded_copy(folder))


def test_copy_of_other_files(folder):
    """A decoded copy is ignored when an official file has been written since."""
    data.keep_decoded_copy(folder, make_toy_set())
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
    monkeypatch.setattr(data, "FileLock", raise_read_only)
    monkeypatch.setattr(data.safetensors.torch, "save_file", raise_read_only)

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
