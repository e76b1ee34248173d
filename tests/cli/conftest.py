"""What the tests of the command line share."""

import pytest


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Cache and data of the test's own."""
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"TRICKS_{name}", str(tmp_path / name.lower()))
    for name in ("DEVICE", "SLOTS"):
        monkeypatch.delenv(f"TRICKS_{name}", raising=False)
