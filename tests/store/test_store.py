"""The cache as a folder: what is finished, what grows, what is damaged, and who may write."""

import errno
import json
import math
import os
import subprocess
import sys

import pytest

import tricks.store.listing
from tests.disks import as_user
from tests.fakes import MACHINE, OTHER, RUN, FakeEngine, fake_epoch, train_fake
from tricks.recipe.measurements import Losses
from tricks.recipe.recipe import VERSION
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.settings import ROOT
from tricks.store.record import Record
from tricks.store.store import Store
from tricks.store.writer import Locked, StoreError, write_line


@pytest.fixture
def store(tmp_path) -> Store:
    """A store on a folder that is not there yet."""
    return Store(tmp_path / "cache")


def begin(store: Store, run: Run, count: int) -> None:
    """Trains the run for a number of measurements, and leaves it."""
    measurements = execute(store, FakeEngine(), run)
    for _ in range(count):
        next(measurements)
    measurements.close()


def test_a_finished_run_reads_back(store):
    """A trained run is found with its machine and outcome, and read with all its measurements."""
    train_fake(store, OTHER)

    [finished] = store.finished()

    assert (OTHER, MACHINE) == (finished.run, finished.machine)
    assert 0.51 == finished.outcome.test_accuracy
    assert finished == store.find(OTHER)
    assert [2.5, 2.25] == list(store.read(OTHER).losses)
    assert [fake_epoch(test_accuracy=0.51)] == store.read(OTHER).epochs
    assert finished.outcome == store.read(OTHER).outcome


def test_a_finished_run_is_not_trained_again(store):
    """Asking for a finished run yields nothing, and leaves its file as it is."""
    train_fake(store, RUN)
    before = store.path(RUN, ".jsonl").read_bytes()

    assert [] == list(execute(store, FakeEngine(), RUN))
    assert before == store.path(RUN, ".jsonl").read_bytes()


def test_a_growing_run_is_read_and_not_finished(store):
    """A run in training, or one that was left, can be read, and is not among the finished."""
    begin(store, RUN, count=2)

    assert [2.5, 2.25] == list(store.read(RUN).losses)
    assert store.find(RUN) is None
    assert [] == list(store.finished())


def test_a_run_is_followed_to_its_end(store):
    """A visitor's store follows a run that another one writes, beyond the moment when its file is renamed."""
    visitor = Store(store.folder)
    begin(store, RUN, count=2)
    growing = visitor.read(RUN)

    train_fake(store, RUN)

    assert growing.outcome is None
    assert 0.5 == visitor.read(RUN).outcome.test_accuracy


def test_stores_on_one_folder_see_each_other_s_runs(store):
    """What one process finishes, another sees at its next look, however soon that is."""
    other = Store(store.folder)
    train_fake(store, RUN)
    first = other.finished()

    train_fake(store, OTHER)

    assert [RUN] == [one.run for one in first]
    assert [RUN, OTHER] == [one.run for one in other.finished()]


def test_a_run_is_seen_before_the_clock_moves(store):
    """A run that is finished within the grain of the file system's clock is seen as well."""
    train_fake(store, RUN)
    other = Store(store.folder)
    other.finished()
    other.finished()
    stamp = store.folder.stat().st_mtime_ns
    train_fake(store, OTHER)
    os.utime(store.folder, ns=(stamp, stamp))

    assert [RUN, OTHER] == [one.run for one in other.finished()]


@pytest.mark.slow
def test_another_user_s_file_is_not_damaged(common_folder):
    """A run that this user may not read is told as such, and neither called damaged nor set aside."""
    store = Store(common_folder)
    train_fake(store, RUN)
    store.path(RUN, ".jsonl").chmod(0o600)
    for path in (common_folder, common_folder / ".locks", *(common_folder / ".locks").iterdir()):
        path.chmod(0o777)

    with as_user():
        assert () == store.finished()
        assert ([], [store.path(RUN, ".jsonl").name]) == (store.damaged, store.unreadable)
        with pytest.raises(StoreError, match=r"\(Permission denied: toy,baseline-.*\): give this user the right"):
            train_fake(store, RUN)

    assert [RUN] == [one.run for one in Store(common_folder).finished()]


@pytest.mark.slow
def test_a_full_disk_is_told_also_in_the_middle_of_a_line(small_disk):
    """What does not fit any more is one sentence, also when closing the file would write it once again."""
    store = Store(small_disk)
    losses = Losses(step=0, seconds=0.5, losses=(2.5,) * 5_000)

    with pytest.raises(StoreError, match=r"\(No space left on device\): make room, or [^\n]*TRICKS_CACHE$"):
        with store.write(RUN) as writer:
            writer.append(MACHINE)
            while True:
                writer.append(losses)


def test_a_deleted_run_is_forgotten(store):
    """A run whose file is deleted is not known any more."""
    train_fake(store, RUN)
    store.finished()

    store.path(RUN, ".jsonl").unlink()

    assert [] == list(store.finished())
    assert store.find(RUN) is None
    assert store.read(RUN) is None


def test_a_second_start_reads_the_index_alone(store, monkeypatch):
    """A new process lists the finished runs without opening their files."""
    train_fake(store, RUN)
    before = store.finished()
    monkeypatch.setattr(tricks.store.listing, "read_finished", pytest.fail)

    assert before == Store(store.folder).finished()


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"\xff", b"null", b"[]", b"{}", b'{"a":1}', b'{"a":[[1,2],[{},{}]]}', b"[" * 100_000],
    ids=lambda content: str(content[:22]),
)
def test_an_index_of_nonsense_is_rebuilt(store, content):
    """The index is only a shortcut: when it is nonsense, or deleted, the runs are listed and it is made again."""
    train_fake(store, RUN)
    path = store.folder / ".index.jsonl"
    before, index = store.finished(), path.read_bytes()
    path.unlink()
    deleted = Store(store.folder).finished()
    path.write_bytes(content)

    nonsense = Store(store.folder).finished()

    assert before == deleted == nonsense
    assert index == path.read_bytes()


def written(**changes):
    """A file with another header or outcome."""
    return lambda header, outcome: (
        write_line(header | changes.get("header", {})) + write_line(outcome | changes.get("outcome", {}))
    )


DAMAGE = {
    "empty": lambda header, outcome: b"",
    "text": lambda header, outcome: b"hello\nworld\n",
    "not UTF-8": lambda header, outcome: b"\xff\xfe\n" * 2,
    "other JSON": lambda header, outcome: b"[1]\n" * 2,
    "null": lambda header, outcome: b"null\n" * 2,
    "nested": lambda header, outcome: b"[" * 100_000 + b"\n" + write_line(outcome),
    "header only": lambda header, outcome: write_line(header),
    "outcome only": lambda header, outcome: write_line(outcome),
    "torn": lambda header, outcome: (write_line(header) + write_line(outcome))[:-5],
    "another recipe's": written(header={"values": {"flip": True}}),
    "another seed's": written(header={"seed": 5}),
    "no machine": written(header={"machine": None}),
    "huge value": written(header={"values": {"grad_clip": 10**400}}),
    "unknown trick": written(header={"values": {"nonsense": 1}}),
    "a word for an accuracy": written(outcome={"test_accuracy": "high"}),
    "no accuracy": written(outcome={"test_accuracy": None}),
    "an accuracy that is no number": written(outcome={"test_accuracy": math.nan}),
    "no seconds": written(outcome={"seconds": None}),
    "more than an outcome": written(outcome={"nonsense": 1}),
}


@pytest.fixture(params=DAMAGE.values(), ids=DAMAGE)
def damaged_store(request, store) -> Store:
    """A store in which one run of two is damaged."""
    train_fake(store, RUN)
    train_fake(store, OTHER)
    lines = [json.loads(line) for line in store.path(OTHER, ".jsonl").read_bytes().splitlines()]
    store.path(OTHER, ".jsonl").write_bytes(request.param(lines[0], lines[-1]))
    return Store(store.folder)


def test_a_damaged_file_is_named_and_left_out(damaged_store):
    """A file that is not that of a finished run is listed as damaged, and everything else goes on."""
    finished = damaged_store.finished()

    assert [RUN] == [one.run for one in finished]
    assert [f"{OTHER.name}.jsonl"] == damaged_store.damaged
    assert damaged_store.find(OTHER) is None


def test_a_damaged_run_is_set_aside_and_trained_again(damaged_store):
    """A damaged file is kept under another name, and its run can be trained."""
    damaged = damaged_store.path(OTHER, ".jsonl").read_bytes()

    train_fake(damaged_store, OTHER)

    assert damaged == damaged_store.path(OTHER, ".damaged").read_bytes()
    assert [RUN, OTHER] == [one.run for one in damaged_store.finished()]
    assert [] == damaged_store.damaged


def test_a_damaged_file_can_be_looked_at(damaged_store):
    """Reading a damaged run gives what can be read of it, or nothing, and no error."""
    assert isinstance(damaged_store.read(OTHER), Record | None)


def test_a_folder_in_place_of_a_file_is_damage(store):
    """A folder with a run's name is listed as damaged, and is no finished run."""
    train_fake(store, RUN)
    store.path(OTHER, ".jsonl").mkdir()

    assert [RUN] == [one.run for one in store.finished()]
    assert [f"{OTHER.name}.jsonl"] == store.damaged
    assert store.find(OTHER) is None


def test_a_link_to_nowhere_is_damage(store):
    """A symbolic link whose file is gone does not hide the others."""
    train_fake(store, RUN)
    store.path(OTHER, ".jsonl").symlink_to("nowhere")

    assert [RUN] == [one.run for one in store.finished()]
    assert [f"{OTHER.name}.jsonl"] == store.damaged


def test_a_file_of_another_version_is_ignored(store):
    """A run of another version of the numbers, or a file of another kind, is neither listed nor called damaged."""
    train_fake(store, RUN)
    content = store.path(RUN, ".jsonl").read_text().replace(f'"version":{VERSION}', f'"version":{VERSION + 1}')
    (store.folder / "toy,baseline-0123456789-s0.jsonl").write_text(content)
    (store.folder / "README.md").write_text("hello")

    assert [RUN] == [one.run for one in store.finished()]
    assert [] == store.damaged


def test_a_run_has_one_writer(store):
    """While one process writes a run, another is told that it is busy, and may write other runs."""
    other = Store(store.folder)

    with store.write(RUN):
        with pytest.raises(Locked), other.write(RUN):
            pass
        train_fake(other, OTHER)
    train_fake(other, RUN)

    assert [RUN, OTHER] == [one.run for one in store.finished()]


def test_a_lock_has_one_holder(store):
    """A lock that one store holds is busy for the others."""
    with store.lock("device-cpu"), pytest.raises(Locked, match="^device-cpu is in use by another process$"):
        with Store(store.folder).lock("device-cpu"):
            pass


def test_a_lock_ends_with_its_process(store):
    """A process that dies leaves no lock behind."""
    code = (
        "import os, sys; from pathlib import Path; from tricks.store.store import Store;"
        "lock = Store(Path(sys.argv[1])).lock('x'); lock.__enter__(); os._exit(7)"
    )
    died = subprocess.run([sys.executable, "-c", code, store.folder], cwd=ROOT)

    with store.lock("x"):
        assert 7 == died.returncode


def test_a_disk_without_locks_is_said(store, monkeypatch):
    """Where the disk cannot lock files that is said: a file in a lock's place would outlive who dies with it."""

    def refuse_to_lock(*_) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", refuse_to_lock)

    with pytest.raises(StoreError, match=r"its disk cannot lock files, so choose another folder"), store.lock("x"):
        pass


def test_looking_makes_no_folder(store):
    """A cache that is not there is empty, and reading does not make it."""
    assert [] == list(store.finished())
    assert (None, None) == (store.find(RUN), store.read(RUN))
    assert not store.folder.exists()


def test_a_file_in_place_of_the_folder_is_an_empty_cache(tmp_path):
    """Where the cache's folder is a file nothing is known, and writing is refused in one line that says what to do."""
    (tmp_path / "cache").write_text("hello")
    store = Store(tmp_path / "cache")

    with pytest.raises(StoreError, match=r"^the cache [^\n]* cannot be written [^\n]*TRICKS_CACHE$"):
        train_fake(store, RUN)

    assert [] == list(store.finished())
    assert (None, None) == (store.find(RUN), store.read(RUN))


def test_a_cache_that_cannot_be_written_is_read(store, monkeypatch):
    """A cache on a read-only disk is listed without its index."""
    train_fake(store, RUN)
    monkeypatch.setattr(os, "fsync", refuse)

    assert [RUN] == [one.run for one in Store(store.folder).finished()]


def refuse(*_) -> None:
    raise OSError(30, "Read-only file system")


def test_a_folder_that_cannot_be_read_is_told_of(store, monkeypatch):
    """Without the right to read the folder, what was known still is, with a sentence, until it can be read again."""
    train_fake(store, RUN)
    known = store.finished()
    train_fake(store, OTHER)

    with monkeypatch.context() as without_rights:
        without_rights.setattr(os, "scandir", refuse_to_list)
        meanwhile, trouble = store.finished(), store.trouble

    assert (known, "The cache cannot be read (Permission denied)") == (meanwhile, trouble.partition(":")[0])
    assert (2, "") == (len(store.finished()), store.trouble)


def refuse_to_list(folder):
    """As the system does for another user's folder."""
    raise PermissionError(errno.EACCES, "Permission denied", str(folder))
