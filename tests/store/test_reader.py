"""Reading a run's file while it grows: every line once, none before it ends, and none of another file."""

import os
import time

import pytest

from tests.fakes import MACHINE, fake_epoch
from tests.store.lines import join_lines, read_content
from tricks.recipe.measurements import Losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.lines import write_header, write_measurement
from tricks.store.reader import Reader
from tricks.store.writer import write_line
from tricks.system.files import replace_file

HEADER = write_header(Run(recipe=Recipe(dataset="toy"), seed=7), MACHINE, "2026-01-02T03:04:05+00:00")
FIRST = write_measurement(Losses(step=0, seconds=0.5, losses=(2.5, 2.25)))
SECOND = write_measurement(Losses(step=2, seconds=1.0, losses=(2.0, 1.75)))


def test_a_torn_last_line_is_skipped(run_file):
    """A line that does not end is not read before it does."""
    torn = write_line(SECOND)

    assert [2.5, 2.25] == list(read_content(run_file, join_lines(HEADER, FIRST) + torn[:-1]).losses)
    assert [2.5, 2.25] == list(read_content(run_file, join_lines(HEADER, FIRST) + torn[:-9]).losses)


def test_a_growing_file_is_read_on(run_file, monkeypatch):
    """A reader takes up where it stopped, and the last, torn line once it is complete."""
    line = write_line(SECOND)
    run_file.write_bytes(join_lines(HEADER, FIRST, write_measurement(fake_epoch())) + line[:7])
    reader = Reader(run_file)
    reader.read()
    monkeypatch.setattr("tricks.store.reader.read_header", pytest.fail)

    with run_file.open("ab") as file:
        file.write(line[7:])

    assert [2.5, 2.25, 2.0, 1.75] == list(reader.read().losses)
    assert [fake_epoch()] == reader.read().epochs


def test_a_file_that_is_mended_in_its_midst_is_read_anew(run_file):
    """A damaged line that is mended in its place, in a file of the same size and time, is read."""
    whole = join_lines(HEADER, FIRST, SECOND)
    run_file.write_bytes(whole.replace(b"2.25", b"2_25"))
    times = (run_file.stat().st_atime_ns, run_file.stat().st_mtime_ns)
    reader = Reader(run_file)
    damaged = list(reader.read().losses)
    time.sleep(0.05)  # Longer than the clock's grain.

    run_file.write_bytes(whole)
    os.utime(run_file, ns=times)

    assert [2.5, 2.25] != damaged[:2]
    assert [2.5, 2.25, 2.0, 1.75] == list(reader.read().losses)


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

    assert [] == list(reader.read().losses)
    assert Reader(run_file).read() == reader.read()
