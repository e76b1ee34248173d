"""Runs of other hosts: checked, kept apart, and counted only where that is asked for."""

import json
import zipfile

import pytest

from tests.fakes import BASELINE, RUN, train_fake
from tricks.recipe.run import Run
from tricks.store.imported import MOST_BYTES, OtherHosts, gather_all, import_runs
from tricks.store.results import gather
from tricks.store.store import Store


@pytest.fixture
def other(tmp_path):
    """Another host's cache, with two runs and without predictions."""
    store = Store(tmp_path / "other")
    for run in (RUN, Run(recipe=BASELINE, seed=1)):
        train_fake(store, run)
        store.path(run, ".predictions.safetensors").unlink()
    return store


@pytest.fixture
def own(tmp_path):
    """This host's cache."""
    store = Store(tmp_path / "own")
    store.folder.mkdir()
    return store


def pack(store: Store, path):
    """All files of the store in an archive, below a folder."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(store.folder.iterdir()):
            if file.is_file():
                archive.write(file, f"some/where/{file.name}")
    return path


@pytest.mark.parametrize("as_archive", [False, True])
def test_runs_are_added_and_marked(own, other, tmp_path, as_archive):
    """The runs of a folder or an archive are there afterwards, and say where they come from."""
    source = pack(other, tmp_path / "other.zip") if as_archive else other.folder

    report = import_runs(own, source, "laptop")

    assert (2, [], {}) == (len(report.new), report.known, report.refused)
    assert [("laptop", one.run) for one in other.finished()] == [
        (one.origin, one.run) for one in OtherHosts(own.folder).finished()
    ]


def test_imported_runs_count_only_where_asked(own, other):
    """The own results are as before, and all results have the others' too."""
    import_runs(own, other.folder, "laptop")

    assert {} == gather(own.finished())
    assert {RUN.recipe.key, BASELINE.key} == set(gather_all(own))


def test_other_hosts_runs_are_read_once(own, other):
    """As long as nothing is imported, the same runs are there without being read again; what comes is there at once."""
    hosts = OtherHosts(own.folder)
    before = hosts.finished()
    import_runs(own, other.folder, "laptop")

    assert () == before
    assert 2 == len(hosts.finished())
    assert hosts.finished() is hosts.finished()
    assert other.read_course(RUN).epochs == hosts.find_store("laptop").read_course(RUN).epochs


def test_the_own_run_counts(own, other):
    """Where both hosts have a run of a recipe and seed the own one counts, and is not imported."""
    train_fake(own, RUN)

    report = import_runs(own, other.folder, "laptop")

    assert [RUN.name] == report.known
    assert "" == gather_all(own)[RUN.recipe.key].runs[RUN.seed].origin


def test_the_own_run_counts_also_when_it_comes_later(own, other):
    """A run that is trained here after it was imported counts as the own one."""
    import_runs(own, other.folder, "laptop")
    train_fake(own, RUN)

    assert "" == gather_all(own)[RUN.recipe.key].runs[RUN.seed].origin


def test_importing_again_changes_nothing(own, other):
    """What was imported before is known."""
    first = import_runs(own, other.folder, "laptop")

    assert sorted(first.new) == sorted(import_runs(own, other.folder, "laptop").known)


def damage(path, change) -> None:
    """Writes the file with its lines changed."""
    lines = change(list(map(json.loads, path.read_text().splitlines())))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: lines[:-1], "damaged"),
        (lambda lines: [lines[0], lines[-1]], "tells of no epoch"),
        (lambda lines: [lines[0] | {"version": 0}, *lines[1:]], "another version of the numbers"),
        (lambda lines: [lines[0] | {"seed": 7}, *lines[1:]], "not the file of a finished run of that name"),
        (lambda lines: [lines[0] | {"values": {"flip": 3}}, *lines[1:]], "damaged"),
        (lambda lines: [*lines[:-1], lines[-1] | {"test_accuracy": 2}], "damaged"),
        (lambda lines: [], "damaged"),
    ],
)
def test_what_is_damaged_is_refused(own, other, change, reason):
    """A run that is no whole, right run is refused with its reason, and the others are added."""
    damage(other.path(RUN, ".jsonl"), change)

    report = import_runs(own, other.folder, "laptop")

    assert [Run(recipe=BASELINE, seed=1).name] == report.new
    assert reason in report.refused[RUN.name]


def test_damaged_predictions_are_refused(own, other):
    """A run whose predictions are none is refused."""
    other.path(RUN, ".predictions.safetensors").write_bytes(b"none")

    assert {RUN.name: "its predictions are damaged"} == import_runs(own, other.folder, "laptop").refused


def test_huge_files_are_not_read(own, other):
    """A file larger than any run's is refused without being kept."""
    with other.path(RUN, ".jsonl").open("ab") as file:
        file.truncate(MOST_BYTES + 1)

    assert RUN.name in import_runs(own, other.folder, "laptop").refused


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "x" * 61])
def test_a_host_has_a_plain_name(own, other, name):
    """A name that is no plain folder's is refused in one sentence."""
    with pytest.raises(ValueError, match="choose another"):
        import_runs(own, other.folder, name)


def test_only_folders_and_archives_are_imported(own, tmp_path):
    """Anything else gets one sentence."""
    file = tmp_path / "file"
    file.write_text("nothing")

    for source in (file, tmp_path / "none"):
        with pytest.raises(ValueError, match="neither a folder nor a ZIP archive"):
            import_runs(own, source, "laptop")


def test_a_damaged_archive_is_one_sentence(own, other, tmp_path):
    """An archive whose list of files is damaged is refused, and leaves nothing behind."""
    archive = pack(other, tmp_path / "other.zip")
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"PK\x01\x02", b"PK\0\0"))

    with pytest.raises(ValueError, match="is a damaged archive"):
        import_runs(own, archive, "laptop")
    assert [] == list(own.folder.iterdir())
