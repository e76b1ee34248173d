"""A server on which the tests of the settler ask their questions."""

from collections.abc import Callable
from pathlib import Path

import pytest

import tricks.lab
from tests.fakes import FakeEngine
from tricks.lab import Lab
from tricks.settings import Settings


@pytest.fixture
def open_lab(tmp_path, monkeypatch) -> Callable[..., Lab]:
    """Opens a server on the test's cache with this engine; it is closed after the test."""
    opened = []

    def open_one(engine: FakeEngine, cache: Path = tmp_path / "cache", **settings) -> Lab:
        monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [engine])
        opened.append(Lab(Settings(data=tmp_path, cache=cache, devices=("cpu",), **settings)))
        return opened[-1]

    yield open_one
    for lab in opened:
        lab.scheduler.close()
