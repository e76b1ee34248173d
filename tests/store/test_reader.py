"""Reading a run's file while it grows: every line once, none before it ends, and none of another file."""

import pytest

from tests.fakes import MACHINE, fake_epoch, join_lines, read_content
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Losses, Run
from tricks.store.reader import Reader
from tricks.store.record import write_header, write_measurement
from tricks.store.writer import replace_file, write_line

HEADER = write_header(Run(recipe=Recipe(dataset="toy"), seed=7), MACHINE, "2026-01-02T03:04:05+00:00")
FIRST = write_measurement(Losses(step=0, seconds=0.5, losses=(2.5, 2.25)))
SECOND = write_measurement(Losses(step=2, seconds=1.0, losses=(2.0, 1.75)))


def test_a_torn_last_line_is_skipped(run_file):
    """A line that does not end is not read before it does."""
    torn = write_line(SECOND)

    assert [2.5, 2.25] == read_content(run_file, join_lines(HEADER, FIRST) + torn[:-1]).losses
    assert [2.5, 2.25] == read_content(run_file, join_lines(HEADER, FIRST) + torn[:-9]).losses


def test_a_growing_file_is_read_on(run_file, monkeypatch):
    """A reader takes up where it stopped, and the last, torn line once it is complete."""
    line = write_line(SECOND)
    run_file.write_bytes(join_lines(HEADER, FIRST, write_measurement(fake_epoch())) + line[:7])
    reader = Reader(run_file)
    reader.read()
    monkeypatch.setattr("tricks.store.reader.read_header", pytest.fail)

    with run_file.open("ab") as file:
        file.write(line[7:])

    assert [2.5, 2.25, 2.0, 1.75] == reader.read().losses
    assert [fake_epoch()] == reader.read().epochs


def test_nothing_is_known_before_the_header(run_file):
    """A file without a complete header tells nothing."""
    assert read_content(run_file, b"") is None
    assert read_content(run_file, write_line(HEADER)[:-1]) is None


def test_no_file_is_an_error(run_file):
    """A reader of a file that is not there says so."""
    with pytest.raises(FileNotFoundError):
        Reader(run_file).read()


def delete_and_write(run_file, content: bytes) -> None:
    run_file.unlink()
    run_file.write_bytes(content)


def replace_twice(run_file, content: bytes) -> None:
    replace_file(run_file, b"")
    replace_file(run_file, content)


def overwrite(run_file, content: bytes) -> None:
    run_file.write_bytes(content)


@pytest.mark.parametrize("change", [replace_file, replace_twice, delete_and_write, overwrite])
def test_a_new_file_under_the_same_name_is_noticed(run_file, change):
    """A reader begins anew when the file under its name is another one."""
    run_file.write_bytes(join_lines(HEADER, FIRST, SECOND))
    reader = Reader(run_file)
    reader.read()

    change(run_file, join_lines(HEADER))

    assert [] == reader.read().losses
    assert Reader(run_file).read() == reader.read()
