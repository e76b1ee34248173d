"""What the tests of the command line share."""

from collections.abc import Callable
from pathlib import Path

import pytest

import tricks.cli.train
from tests.cli.calls import Answer, ListingEngine
from tricks.cli.main import main


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Cache and data of the test's own."""
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"TRICKS_{name}", str(tmp_path / name.lower()))
    for name in ("DEVICE", "SLOTS"):
        monkeypatch.delenv(f"TRICKS_{name}", raising=False)


@pytest.fixture
def cache(folders, tmp_path) -> Path:
    """An empty cache of the test's own."""
    return tmp_path / "cache"


@pytest.fixture
def engine(monkeypatch) -> ListingEngine:
    """Trains in place of the local engine."""
    engine = ListingEngine()
    monkeypatch.setattr(tricks.cli.train, "open_engines", lambda settings: [engine])
    return engine


@pytest.fixture
def call(capsys) -> Callable[..., Answer]:
    """Runs one command."""

    def call_main(*arguments: str) -> Answer:
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code
        return Answer(code, *capsys.readouterr())

    return call_main


@pytest.fixture
def operate(tmp_path, capsys):
    """Gives a command on the test's cache; returns its exit code and what it said."""

    def give(*words: str) -> tuple[int, str]:
        command, *arguments = words
        code = main([command, "--cache", str(tmp_path), *arguments])  # Of two caches the last one counts.
        said = capsys.readouterr()
        return code, said.out + said.err

    return give
