"""What the environment decides."""

from pathlib import Path

import pytest

from tricks.settings import DEVICES, ROOT, Settings, read_settings

NAMES = {"data": "TRICKS_DATA", "cache": "TRICKS_CACHE", "device": "TRICKS_DEVICE"}


@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_without_settings_all_lies_beside_the_code(monkeypatch, value):
    """Without settings, or with empty ones, data and cache lie beside the code, and the device is chosen."""
    for name in NAMES.values():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)

    assert Settings(data=ROOT / "data", cache=ROOT / "cache", device="auto") == read_settings()


@pytest.mark.parametrize(("field", "name"), NAMES.items())
def test_a_variable_decides(monkeypatch, field, name):
    """Every setting follows its variable, at the time of asking."""
    monkeypatch.setenv(name, "/somewhere")

    assert "/somewhere" == str(getattr(read_settings(), field))


def test_folders_are_paths(monkeypatch):
    """Folders can be relative, and may have spaces."""
    monkeypatch.setenv("TRICKS_CACHE", "my cache")

    assert Path("my cache") == read_settings().cache


def test_the_default_device_is_one_that_can_be_chosen(monkeypatch):
    """The device is found automatically, or is named cpu or cuda."""
    monkeypatch.delenv("TRICKS_DEVICE", raising=False)

    assert ("auto", "cpu", "cuda") == DEVICES
    assert read_settings().device in DEVICES
