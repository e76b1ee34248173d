"""The operator's copies from the command line."""

import pytest

from tests.fakes import toy_run, train_fake
from tricks.cli.main import main
from tricks.store.store import Store


@pytest.fixture
def cache(tmp_path) -> str:
    """A cache with one run."""
    train_fake(Store(tmp_path / "cache"), toy_run(0))
    return str(tmp_path / "cache")


def test_a_copy_is_made_and_brought_back(tmp_path, cache, capsys):
    """`backup` says how much it has copied, and `restore` fills a cache that is not there yet."""
    codes = [main([name, str(tmp_path / "copy"), "--cache", cache]) for name in ("backup", "backup")]
    codes.append(main(["restore", str(tmp_path / "copy"), "--cache", str(tmp_path / "new")]))

    first, second, third = capsys.readouterr().out.splitlines()
    assert [0, 0, 0] == codes
    assert first == f"copied 3 files to {tmp_path / 'copy'}"
    assert second == f"copied 0 files to {tmp_path / 'copy'}"
    assert third == f"copied 3 files to {tmp_path / 'new'}"
    assert [toy_run(0)] == [one.run for one in Store(tmp_path / "new").finished()]


@pytest.mark.parametrize("words", [("backup", "cache/inner"), ("backup", "cache"), ("restore", "nowhere")])
def test_a_folder_that_is_none_is_one_sentence(tmp_path, cache, words, capsys):
    """A copy within the cache, and one that is not there, are refused in a sentence."""
    command, folder = words

    assert 2 == main([command, str(tmp_path / folder), "--cache", cache])
    assert 1 == len(capsys.readouterr().err.splitlines())
