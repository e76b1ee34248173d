"""CIFAR-10's files: fetched once, checked, kept decoded, and said to be what they are where they cannot be had."""

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
from torchvision.datasets import CIFAR10

from tests.disks import as_user, fill, make_read_only, umask
from tests.training.tiny_cifar10 import META, NOWHERE, is_official, load, publish, serve, write_archive
from tricks.recipe.measurements import Preparing
from tricks.settings import DECODED_COPY, OFFICIAL_FILES, ROOT
from tricks.training import cifar10
from tricks.training.cifar10 import DataError

# A process of its own that needs CIFAR-10, and says what it waited for.
PROCESS = """
import sys
from pathlib import Path
from torchvision.datasets import CIFAR10
from tests.training.tiny_cifar10 import is_official, load, publish
archive, address, folder = sys.argv[1:]
for name, value in publish(Path(archive), address).items():
    setattr(CIFAR10, name, value)
print("ready", flush=True)
sys.stdin.readline()
said, dataset = load(Path(folder))
print(is_official(dataset), *{one.text for one in said if one.text}, sep="|")
"""


@pytest.fixture
def archive(tmp_path, monkeypatch) -> Path:
    """A tiny archive, the only place from which it can be had being a network that is down."""
    path = write_archive(tmp_path)
    for name, value in publish(path, NOWHERE).items():
        monkeypatch.setattr(CIFAR10, name, value)
    monkeypatch.setattr(cifar10, "ARCHIVE_BYTES", path.stat().st_size)
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
    content = archive.read_bytes()
    with serve(content, len(content)) as (address, served):
        monkeypatch.setattr(CIFAR10, "url", f"{address}/{CIFAR10.filename}")
        yield served


def test_official_files(folder):
    """The official files are read in their own order, with no network."""
    _, dataset = load(folder)

    assert is_official(dataset)


def test_missing_data(archive, tmp_path):
    """Without the files and without a network, one sentence names TRICKS_DATA and the toy set."""
    with pytest.raises(DataError, match=r"^[^\n]*missing[^\n]*connect to the internet[^\n]*TRICKS_DATA[^\n]*toy set$"):
        load(tmp_path / "data")


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch"])
@pytest.mark.parametrize("known", [False, True], ids=["first read", "read before"])
def test_damaged_file(folder, name, known):
    """A damaged official file is noticed, also when it was whole at an earlier reading and has its time again."""
    path = folder / OFFICIAL_FILES / name
    if known:
        load(folder)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    time.sleep(0.05)  # Longer than the clock's grain.
    path.write_bytes(path.read_bytes()[:-9] + b"?" + path.read_bytes()[-8:])
    os.utime(path, ns=times)

    with pytest.raises(DataError, match="damaged.*TRICKS_DATA.*toy set"):
        load(folder)


def test_decoded_copy_is_used(folder, monkeypatch):
    """A second reading takes the decoded copy, and reads no official file."""
    load(folder)
    monkeypatch.setattr(cifar10, "read_official_files", None)

    _, dataset = load(folder)

    assert is_official(dataset)


@pytest.mark.parametrize("length", [0, 4, 100, 5_000, -1])
def test_torn_copy(folder, length):
    """A torn decoded copy is ignored and made again."""
    load(folder)
    copy = folder / DECODED_COPY
    copy.write_bytes(copy.read_bytes()[:length])

    _, dataset = load(folder)

    assert is_official(dataset)
    assert is_official(cifar10.read_decoded_copy(folder))


def test_copy_of_other_files(folder, toy_set):
    """A decoded copy is ignored when an official file has been written since."""
    cifar10.keep_decoded_copy(folder, toy_set, cifar10.fingerprint(folder))
    os.utime(folder / OFFICIAL_FILES / "data_batch_1", (0, 0))

    _, dataset = load(folder)

    assert is_official(dataset)


def test_copy_of_something_else(folder, toy_set):
    """A file in the decoded copy's place with other tensors is ignored."""
    tensors = {"nonsense": toy_set.test_labels}
    safetensors.torch.save_file(tensors, folder / DECODED_COPY, metadata=cifar10.fingerprint(folder))

    assert is_official(load(folder)[1])


def test_copy_with_other_labels(folder):
    """A decoded copy in which anything but its own description was changed is made anew from the official files."""
    _, dataset = load(folder)
    with safetensors.safe_open(folder / DECODED_COPY, framework="pt") as file:
        metadata = file.metadata()
    changed = vars(dataset) | {"train_labels": (dataset.train_labels + 1) % 10}
    safetensors.torch.save_file(changed, folder / DECODED_COPY, metadata=metadata)

    assert is_official(load(folder)[1])
    assert is_official(cifar10.read_decoded_copy(folder))


@pytest.mark.cifar10
def test_cifar10(cifar10_folder):
    """CIFAR-10 has 5,000 training and 1,000 test images of each class."""
    _, dataset = load(cifar10_folder)

    assert (50_000, 32, 32, 3) == dataset.train_images.shape
    assert [5_000] * 10 == dataset.train_labels.bincount().tolist()
    assert [1_000] * 10 == dataset.test_labels.bincount().tolist()


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_the_decoded_copy_is_for_all_who_may_read_the_folder(folder, mask, mode):
    """The decoded copy's mode follows the umask, so that the users of a shared folder decode it once."""
    with umask(mask):
        load(folder)

    assert mode == stat.S_IMODE((folder / DECODED_COPY).stat().st_mode)


@pytest.mark.slow
def test_read_only_disk(folder, small_disk):
    """The official files on a read-only disk serve as well, and nothing is left there."""
    shutil.copytree(folder, small_disk, dirs_exist_ok=True)
    make_read_only(small_disk)

    _, dataset = load(small_disk)

    assert is_official(dataset)
    assert [OFFICIAL_FILES] == os.listdir(small_disk)


@pytest.mark.slow
def test_another_user_s_folder(folder, common_folder):
    """Where root has decoded the files, every user reads the copy, and decodes them where it is root's alone."""
    shutil.copytree(folder, common_folder, dirs_exist_ok=True)
    load(common_folder)
    with as_user():
        assert is_official(cifar10.read_decoded_copy(common_folder))
    (common_folder / DECODED_COPY).chmod(0o600)

    with as_user():
        _, dataset = load(common_folder)

    assert is_official(dataset)
    assert {OFFICIAL_FILES, DECODED_COPY, cifar10.LOCK} == set(os.listdir(common_folder))


@pytest.mark.slow
def test_files_that_this_user_may_not_read_are_said(folder, common_folder):
    """Files of another user's that cannot be read are named, and are not called damaged."""
    shutil.copytree(folder, common_folder, dirs_exist_ok=True)
    (common_folder / OFFICIAL_FILES / "data_batch_2").chmod(0o600)

    with (
        as_user(),
        pytest.raises(DataError, match=r"cannot be read \(Permission denied: data_batch_2\): give this user"),
    ):
        load(common_folder)


@pytest.mark.slow
def test_a_full_disk_is_said(archive, small_disk, downloads):
    """A disk that has no room for the download is told to need room, not the internet."""
    fill(small_disk)

    with pytest.raises(
        DataError, match=r"cannot be kept in .* \(No space left on device\): make room, or .*TRICKS_DATA"
    ):
        load(small_disk)


def test_a_disk_without_locks(folder, monkeypatch, tmp_path):
    """Files on a disk that cannot lock serve as well; where they are missing, the sentence says what is the matter."""

    def refuse(*_) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)

    assert is_official(load(folder)[1])
    with pytest.raises(DataError, match=r"\(No locks available\): its disk cannot lock files, so .*TRICKS_DATA"):
        load(tmp_path / "empty")


def test_unusable_folder(tmp_path):
    """A data folder that cannot be made is one sentence that names TRICKS_DATA."""
    (tmp_path / "data").write_text("a file")

    with pytest.raises(DataError, match=r"cannot be kept in .*\(File exists: data\): .*TRICKS_DATA"):
        load(tmp_path / "data")


def test_download_once(downloads, tmp_path):
    """Two that need CIFAR-10 at once download it once, and the one who downloads sees how far it is."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(load(tmp_path / "data"))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fractions = [one.fraction for said, _ in answers for one in said if one.text == "Downloading CIFAR-10"]

    assert ["/cifar-10-python.tar.gz"] == downloads
    assert [True, True] == [is_official(dataset) for _, dataset in answers]
    assert fractions
    assert all(0 < fraction <= 0.5 for fraction in fractions)


@pytest.mark.slow
def test_processes_download_once(archive, tmp_path):
    """Of three processes that find no data at the same time one downloads it; the others wait, and say so."""
    content = archive.read_bytes()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with serve(content, len(content), seconds=2) as (address, served):
        command = [sys.executable, "-c", PROCESS, archive, address, tmp_path / "data"]
        processes = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(3)]
        assert ["ready\n"] * 3 == [process.stdout.readline() for process in processes]
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=120)[0] for process in processes]

    assert ["/cifar-10-python.tar.gz"] == served
    assert ["True"] * 3 == [answer.split("|")[0] for answer in answers]
    assert [1, 2] == [sum(word in answer for answer in answers) for word in ("Downloading", "Waiting for another")]


def test_who_waits_can_be_ended(downloads, tmp_path):
    """A loading that is ended in its middle goes on alone, and the next one takes what it brings."""
    loading = cifar10.load_cifar10(tmp_path / "data")
    while not (isinstance(said := next(loading), Preparing) and said.fraction):
        pass
    loading.close()

    _, dataset = load(tmp_path / "data")

    assert is_official(dataset)
    assert 1 == len(downloads)


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch", META])
def test_damage_is_mended(folder, downloads, name):
    """With a network, a file that is missing is fetched again."""
    (folder / OFFICIAL_FILES / name).unlink()

    _, dataset = load(folder)

    assert is_official(dataset)


def test_torn_archive(archive, downloads, tmp_path):
    """A download that was interrupted is begun again."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / archive.name).write_bytes(archive.read_bytes()[:1000])

    _, dataset = load(tmp_path / "data")

    assert is_official(dataset)


def test_half_a_download(archive, monkeypatch, tmp_path):
    """A download that ends early is said to have done so, with what to do, in words of ours."""
    content = archive.read_bytes()
    with serve(content[:1000], 1000, seconds=0) as (address, _):
        monkeypatch.setattr(CIFAR10, "url", f"{address}/{archive.name}")
        with pytest.raises(DataError, match=r"^the download of CIFAR-10 ended early[^\n]*try again") as caught:
            load(tmp_path / "data")

    assert "download=True" not in str(caught.value)


def test_damage_on_a_disk_that_cannot_be_mended_is_named(folder, monkeypatch):
    """Where nothing can be written, the damaged files are named, in words of ours."""
    (folder / OFFICIAL_FILES / "data_batch_4").unlink()
    monkeypatch.setattr(fcntl, "flock", lambda *_: os.stat("/nowhere"))

    with pytest.raises(DataError, match=r"^CIFAR-10 in .* is missing or damaged \(data_batch_4\): set TRICKS_DATA"):
        load(folder)
