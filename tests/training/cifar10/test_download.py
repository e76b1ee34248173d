"""CIFAR-10 is fetched once, by whoever needs it first, and what is missing of it again."""

import subprocess
import sys
import threading

import pytest
from torchvision.datasets import CIFAR10

from tests.disks import fill
from tests.training.tiny_cifar10 import META, is_official, load, serve
from tricks.recipe.measurements import Preparing
from tricks.settings import OFFICIAL_FILES, ROOT
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


@pytest.mark.slow
def test_a_full_disk_is_said(archive, small_disk, downloads):
    """A disk that has no room for the download is told to need room, not the internet."""
    fill(small_disk)

    with pytest.raises(
        DataError, match=r"cannot be kept in .* \(No space left on device\): make room, or .*TRICKS_DATA"
    ):
        load(small_disk)


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
