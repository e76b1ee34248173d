"""What a device is called: by its number in the log, and the same by every server that uses it."""

import platform
from pathlib import Path

import pytest

from tests.engines.workers import NAMING_WORKER, use_worker
from tricks.engines.local import LocalEngine


def test_a_place_is_the_devices_number():
    """The log names a device by its number."""
    assert ["0", "0", "3"] == [LocalEngine(device, Path()).place for device in ("auto", "cuda", "cuda:3")]


def name_device(monkeypatch, folder: Path, machine: str, device: str, uuid: str) -> str:
    """What a server on this machine calls its device, of which a worker says this UUID."""
    with monkeypatch.context() as patch:
        patch.setattr(platform, "node", lambda: machine)
        engine = use_worker(patch, folder, NAMING_WORKER.replace("ITS-UUID", uuid), device)
        engine.start()
    engine.stop()
    return engine.device_id


@pytest.mark.parametrize(("other", "is_same"), [("one", True), ("two", False)])
def test_a_processor_is_its_machines(monkeypatch, tmp_path, other, is_same):
    """Two servers of one machine have one processor, those of two machines that share a folder have two."""
    names = [name_device(monkeypatch, tmp_path, machine, "cpu", "") for machine in ("one", other)]

    assert is_same == (names[0] == names[1])


@pytest.mark.parametrize(("other", "is_same"), [("80a1", True), ("80a2", False)])
def test_a_gpu_is_known_by_its_uuid(monkeypatch, tmp_path, other, is_same):
    """However two servers number it, and whatever they call their machine, a GPU is one device, and another is not."""
    names = [
        name_device(monkeypatch, tmp_path, "a container", "cuda:0", "80a1"),
        name_device(monkeypatch, tmp_path, "another one", "cuda:1", other),
    ]

    assert is_same == (names[0] == names[1])
