"""What the tests of CIFAR-10's files share: a tiny archive, its files, and a network that has it."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from torchvision.datasets import CIFAR10

from tests.training.tiny_cifar10 import NOWHERE, publish, serve, write_archive
from tricks.training import cifar10


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
