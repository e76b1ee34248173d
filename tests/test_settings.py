"""What the environment decides."""

from pathlib import Path

import pytest

from tricks.settings import ROOT, Settings, check_device, read_settings

NAMES = (
    *("DATA", "CACHE", "DEVICE", "SLOTS", "TRAINING", "LIMITS", "QUEUE_MINUTES", "ADDRESS_MINUTES", "CACHE_GB"),
    *("HOST", "ENGINE", "RAY_ADDRESS", "BANNER", "LOG", "METRICS_PORT"),
)


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    """Tests begin without settings."""
    for name in NAMES:
        monkeypatch.delenv(f"TRICKS_{name}", raising=False)
    monkeypatch.setenv("HOME", "/home/ann")


@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_without_settings_all_is_open_and_lies_beside_the_code(monkeypatch, value):
    """Without settings, or with empty ones, data and cache lie beside the code, and everybody may train."""
    for name in NAMES if value is not None else ():
        monkeypatch.setenv(f"TRICKS_{name}", value)

    assert Settings(data=ROOT / "data", cache=ROOT / "cache") == read_settings()
    assert "open" == read_settings().training


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("DATA", "/somewhere", "data", Path("/somewhere")),
        ("CACHE", "my cache", "cache", Path("my cache")),
        ("CACHE", "~/cache", "cache", Path("/home/ann/cache")),
        ("CACHE", "$HOME/cache", "cache", Path("/home/ann/cache")),
        ("DATA", "~", "data", Path("/home/ann")),
        ("DATA", "/somewhere/cifar-10-batches-py/", "data", Path("/somewhere")),
        ("DATA", "cifar-10-batches-py", "data", Path(".")),
        ("DEVICE", "cuda:0, cuda:1", "devices", ("cuda:0", "cuda:1")),
        ("SLOTS", "2", "slots", 2),
        ("SLOTS", "auto", "slots", 0),
        ("ENGINE", "ray", "engine", "ray"),
        ("RAY_ADDRESS", "head:6379", "ray_address", "head:6379"),
        ("BANNER", "Closed on *Monday*", "banner", "Closed on *Monday*"),
        ("LOG", "json", "log", "json"),
        ("METRICS_PORT", "9464", "metrics_port", 9464),
        ("RAY_ADDRESS", "auto", "ray_address", "auto"),
        ("TRAINING", "signed-in", "training", "signed-in"),
        ("LIMITS", "epochs=40", "limits", "epochs=40"),
        ("QUEUE_MINUTES", "30.5", "queue_minutes", 30.5),
        ("CACHE_GB", "0.5", "cache_bytes", 500_000_000),
        ("CACHE_GB", "0.5", "visitor_bytes", 50_000_000),
        ("VISITOR_GB", "0.5", "visitor_bytes", 500_000_000),
    ],
)
def test_a_variable_decides(monkeypatch, name, text, field, value):
    """Every setting follows its variable, at the time of asking."""
    monkeypatch.setenv(f"TRICKS_{name}", text)

    assert value == getattr(read_settings(), field)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DEVICE", "gpu"),
        ("DEVICE", "cuda:x"),
        ("DEVICE", "cpu,"),
        ("SLOTS", "two"),
        ("SLOTS", "0"),
        ("SLOTS", "1.5"),
        ("ENGINE", "spark"),
        ("LOG", "xml"),
        ("METRICS_PORT", "70000"),
        ("METRICS_PORT", "-1"),
        ("RAY_ADDRESS", "ray://head:10001"),
        ("RAY_ADDRESS", "head"),
        ("TRAINING", "maybe"),
        ("QUEUE_MINUTES", "-1"),
        ("QUEUE_MINUTES", "nan"),
        ("CACHE_GB", "1e99"),
    ],
)
def test_nonsense_is_one_sentence(monkeypatch, name, text):
    """A setting that means nothing is refused with a sentence that names it."""
    monkeypatch.setenv(f"TRICKS_{name}", text)

    with pytest.raises(ValueError, match=rf"^TRICKS_{name} must be [^\n]+$"):
        read_settings()


@pytest.mark.parametrize("name", ["CACHE", "DATA"])
def test_a_home_that_is_not_there_is_one_sentence(monkeypatch, name):
    """A folder in the home of a user who is not known is refused with a sentence."""
    monkeypatch.setenv(f"TRICKS_{name}", "~nobody-of-that-name/folder")

    with pytest.raises(ValueError, match=r"^~nobody-of-that-name/folder is in the home of a user [^\n]+$"):
        read_settings()


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
def test_devices_are_named_as_pytorch_names_them(device):
    """The device is found automatically, or is named as PyTorch names it."""
    check_device(device, "--device")
