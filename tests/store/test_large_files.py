"""What stands in the cache under a run's name and is no run's file: it takes neither memory nor time."""

import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import MACHINE, OTHER, RUN, train_fake
from tests.store.lines import join_lines
from tricks.recipe.measurements import Checkpoint, Losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import read_queue
from tricks.store.lines import write_header, write_measurement
from tricks.store.reader import MOST_LINE_BYTES, Reader
from tricks.store.store import Store
from tricks.store.tensors import read_predictions
from tricks.store.writer import write_line

MOST_BYTES, MOST_SECONDS = 50_000_000, 5.0
HEADER = write_header(OTHER, MACHINE, "2026-01-02T03:04:05+00:00")
FIRST = write_measurement(Losses(step=0, seconds=0.5, losses=(2.5, 2.25)))


def sparse(path: Path) -> None:
    """A file of 20 GB that takes no room."""
    path.touch()
    os.truncate(path, 20_000_000_000)


def endless_line(path: Path) -> None:
    """A header, and a line of 150 MB that never ends."""
    path.write_bytes(write_line(HEADER))
    os.truncate(path, 150_000_000)


STRANGE: dict[str, Callable[[Path], None]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to itself": lambda path: path.symlink_to(path),
    "link to a folder": lambda path: path.symlink_to("/"),
    "sparse": sparse,
    "endless line": endless_line,
    "nested": lambda path: path.write_bytes(b"[" * 1_000_000),
}
pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")


@pytest.fixture
def store(tmp_path) -> Store:
    """A store with one finished run."""
    store = Store(tmp_path)
    train_fake(store, RUN)
    return store


@pytest.fixture
def frugal():
    """The test takes little memory and little time."""
    began = time.process_time()
    tracemalloc.start()
    yield
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < MOST_BYTES
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_what_is_no_file_of_a_run_is_left_out(store, frugal, make):
    """Whatever stands under a run's name, the other runs are known, and it is named as damaged."""
    make(store.path(OTHER, ".jsonl"))

    assert [RUN] == [one.run for one in store.finished()]
    assert None is store.read(OTHER) or not store.read(OTHER).losses
    assert [store.path(OTHER, ".jsonl").name] == store.damaged


@pytest.mark.parametrize("suffix", [".jsonl", ".part", ".checkpoint.safetensors", ".predictions.safetensors"])
@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_a_run_can_be_trained_whatever_stands_in_its_place(store, frugal, make, suffix):
    """What is no file of the run is replaced by one, or set aside; only a folder has to be taken away by hand."""
    if suffix == ".checkpoint.safetensors":  # It is read where a run goes on.
        with store.write(OTHER) as writer:
            writer.append(MACHINE)
            writer.append(Checkpoint(epoch=1, step=2, seconds=1.0, state=b"s"))
        store.path(OTHER, suffix).unlink()
    make(store.path(OTHER, suffix))
    if store.path(OTHER, suffix).is_dir() and not store.path(OTHER, suffix).is_symlink() and suffix != ".jsonl":
        pytest.skip("a folder is not deleted: it may have anything in it")

    train_fake(store, OTHER)

    assert [RUN, OTHER] == [one.run for one in store.finished()]


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("name", [".index.jsonl", "queue/x.json", "spared.txt"])
def test_other_files_of_the_cache(store, frugal, make, name):
    """The index, the queue and the list of what is kept may be anything as well."""
    (store.folder / "queue").mkdir()
    make(store.folder / name)

    assert [RUN] == [one.run for one in Store(store.folder).finished()]
    assert [] == read_queue(store.folder)


def test_predictions_may_be_anything(store, frugal):
    """What stands in a run's predictions' place gives none."""
    path = store.path(RUN, ".predictions.safetensors")
    path.unlink()
    os.mkfifo(path)

    assert None is read_predictions(store, RUN)


def test_a_link_is_not_written_through(store, tmp_path):
    """The index is not appended to where a link leads."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (tmp_path / ".index.jsonl").unlink(missing_ok=True)
    (tmp_path / ".index.jsonl").symlink_to(elsewhere)
    for seed in range(5, 9):
        train_fake(store, Run(recipe=RUN.recipe, seed=seed))
        store.finished()

    assert "mine" == elsewhere.read_text()


@pytest.mark.parametrize("step", [10**15, 10**6, 10**400, OTHER.steps])
def test_steps_end_with_the_recipe(run_file, frugal, step):
    """A line of losses beyond the recipe's last step is damaged, and makes no room for those between."""
    run_file.write_bytes(join_lines(HEADER, FIRST, FIRST | {"step": step}, {"kind": "resumed", "step": step + 1}))

    assert [2.5, 2.25] == list(Reader(run_file).read().losses)


def test_a_line_that_is_too_long_is_skipped(run_file, frugal):
    """A line of millions of losses is not read; those around it are."""
    long = b'{"kind":"losses","step":2,"seconds":1,"losses":[' + b"1," * MOST_LINE_BYTES + b"1]}\n"
    run_file.write_bytes(join_lines(HEADER, FIRST) + long + join_lines(FIRST | {"step": 2}))

    assert [2.5, 2.25, 2.5, 2.25] == list(Reader(run_file).read().losses)


def test_a_file_is_not_larger_than_its_recipe_allows(run_file, frugal):
    """A run of some thousand steps has no file of a hundred megabytes, however its lines are."""
    run_file.write_bytes(join_lines(HEADER, FIRST))
    with run_file.open("ab") as file:
        file.truncate(100_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + join_lines(FIRST))

    assert None is Reader(run_file).read()


def test_epochs_and_interruptions_are_counted(run_file, frugal):
    """An epoch that was before, or comes after the recipe's last, is none; nor is a run resumed without end."""
    epoch = {"train_accuracy": 0.5, "test_loss": 1, "test_accuracy": 0.5, "seconds": 1, "images_per_second": 1}
    lines = [{"kind": "epoch", "epoch": number, "step": 2} | epoch for number in (1, 1, 2, 1, 10**9, 11)]
    run_file.write_bytes(join_lines(HEADER, *lines, *[{"kind": "resumed", "step": 9}] * 10_500))

    record = Reader(run_file).read()

    assert [1, 2] == [one.epoch for one in record.epochs]
    assert 10_000 == len(record.resumed)


def test_the_largest_true_file_is_read(tmp_path, frugal):
    """A run of single images, whose epoch has 50,000 steps, is read as any other."""
    run = Run(recipe=Recipe(batch_size=1), seed=0)
    losses = write_measurement(Losses(step=0, seconds=1.0, losses=(2.345,) * 50_000))
    (tmp_path / "run.part").write_bytes(join_lines(write_header(run, MACHINE, ""), losses))

    assert 50_000 == len(Reader(tmp_path / "run.part").read().losses)
