"""Runs as CSV."""

import csv
import io

from tricks.export.table import COLUMNS, write_table
from tricks.store.store import Store


def test_every_epoch_is_a_line(trained):
    """The table has every epoch of every run, as its file has it."""
    store, run = trained
    [finished] = store.finished()
    [epoch] = store.read(run).epochs

    [row] = csv.DictReader(io.StringIO(write_table([finished], store).decode()))

    assert list(COLUMNS) == list(row)
    assert (run.recipe.key, "3", str(epoch.test_accuracy), "8") == (
        row["key"],
        row["seed"],
        row["test_accuracy"],
        row["step"],
    )


def test_a_run_that_is_gone_has_no_lines(trained, tmp_path):
    """A file that was deleted meanwhile leaves the others' lines."""
    [finished] = trained[0].finished()

    assert 1 == len(write_table([finished], Store(tmp_path)).splitlines())
