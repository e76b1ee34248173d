"""Runs of other hosts: in a folder for each host, beside the own ones, and part of nothing unless that is asked for."""

import operator
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tricks.store.files import FINISHED, PREDICTIONS
from tricks.store.index import Finished, read_finished
from tricks.store.listing import INDEX
from tricks.store.record import OtherVersion
from tricks.store.results import Results, gather
from tricks.store.store import Store
from tricks.store.tensors import read_predictions
from tricks.store.writer import explain_os_errors
from tricks.system.files import format_os_error, open_plain, replace_file

IMPORTED = "imported"  # The folder in the cache that has one folder for each host.
MOST_BYTES = 50_000_000  # Of one file: a run of a million steps has some ten.


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of the files: names of runs that are new, of those that were known, and why others are refused."""

    new: list[str]
    known: list[str]
    refused: dict[str, str]


class OtherHosts:
    """The runs of other hosts that lie in a cache; what has not changed is not read again."""

    def __init__(self, folder: Path):
        self._folder = folder / IMPORTED
        self._stores: dict[str, Store] = {}
        self._known: tuple[list[tuple[Finished, ...]], tuple[Finished, ...]] = ([], ())

    def finished(self) -> tuple[Finished, ...]:
        """All of them, each marked with where it comes from; the same tuple while nothing is new."""
        hosts = []
        with suppress(OSError):  # There are none, or this user may not know.
            hosts = sorted(path.name for path in self._folder.iterdir() if path.is_dir())
        self._stores = {host: self.find_store(host) for host in hosts}
        runs = [store.finished() for store in self._stores.values()]
        if len(runs) != len(self._known[0]) or any(map(operator.is_not, runs, self._known[0])):
            marked = (replace(one, origin=host) for host, each in zip(hosts, runs, strict=True) for one in each)
            self._known = (runs, tuple(marked))
        return self._known[1]

    def find_store(self, host: str) -> Store:
        """Where this host's runs lie."""
        return self._stores.get(host) or Store(self._folder / host)


def gather_all(store: Store) -> Results:
    """The own runs with those of all other hosts; where both have a run of a recipe and seed the own one counts."""
    return gather([*OtherHosts(store.folder).finished(), *store.finished()])


def import_runs(store: Store, source: Path, origin: str) -> Imported:
    """Checks every run of a folder or an archive, and keeps what is right and new (ValueError, StoreError)."""
    if not re.fullmatch(r"[\w.-]{1,60}", origin) or set(origin) == {"."}:
        raise ValueError(f"a host's name has letters, digits, dots and dashes, and is not {origin!r}: choose another")
    folder = store.folder / IMPORTED / origin
    report = Imported(new=[], known=[], refused={})
    for name, files in read_source(source):
        try:
            run = check_run(name, files)
        except ValueError as error:
            report.refused[name] = str(error)
            continue
        if store.find(run.run) or (folder / f"{name}{FINISHED}").exists():
            report.known.append(name)
            continue
        with explain_os_errors(store.folder):
            folder.mkdir(parents=True, exist_ok=True)
            for suffix in sorted(files, key=FINISHED.__eq__):  # The run's own file last: it makes the others count.
                replace_file(folder / f"{name}{suffix}", files[suffix])
        report.new.append(name)
    return report


def check_run(name: str, files: dict[str, bytes]) -> Finished:
    """The run that the files are of, read as the store reads its own (ValueError, one sentence)."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Store(Path(folder))
        try:
            for suffix, content in files.items():
                (trial.folder / f"{name}{suffix}").write_bytes(content)
            finished = read_finished(trial.folder / f"{name}{FINISHED}")
        except OtherVersion:
            raise ValueError("it is of another version of the numbers, and cannot be compared") from None
        except OSError as error:
            raise ValueError(f"it cannot be checked ({format_os_error(error)})") from None
        record = trial.read(finished.run)
        if record is None or not record.epochs:
            raise ValueError("it tells of no epoch")
        if PREDICTIONS in files and read_predictions(trial, finished.run) is None:
            raise ValueError("its predictions are damaged")
        return finished


def read_source(source: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Each run's name, with its file and its predictions (ValueError where the source is neither of the two)."""
    if source.is_dir():
        with explain_os_errors(source):
            names = {path.name for path in source.iterdir()}
        yield from pair_files(names, lambda name: read_file(source / name))
    elif zipfile.is_zipfile(source):
        with open_archive(source) as archive:
            members = {Path(one.filename).name: one for one in archive.infolist() if not one.is_dir()}
            yield from pair_files(set(members), lambda name: read_member(archive, members[name]))
    else:
        raise ValueError(f"{source} is neither a folder nor a ZIP archive")


def open_archive(source: Path) -> zipfile.ZipFile:
    """The ZIP archive (ValueError where its list of files is damaged)."""
    try:
        return zipfile.ZipFile(source)
    except (zipfile.BadZipFile, NotImplementedError):
        raise ValueError(f"{source} is a damaged archive: get it once more") from None


def pair_files(names: set[str], read: Callable[[str], bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Each run's file with the predictions that stand beside it; of a file that cannot be read there is nothing."""
    for file in sorted(one for one in names if one.endswith(FINISHED) and one != INDEX):
        name = file.removesuffix(FINISHED)
        yield (
            name,
            {suffix: read(f"{name}{suffix}") for suffix in (FINISHED, PREDICTIONS) if f"{name}{suffix}" in names},
        )


def read_file(path: Path) -> bytes:
    """What is in the file; nothing where it is none that could be a run's."""
    try:
        with open_plain(path, MOST_BYTES) as file:
            return file.read()
    except (OSError, ValueError):
        return b""


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """What is in the archive's file, never more than a run has; nothing where it is damaged or needs a password."""
    try:
        with archive.open(member) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error, zipfile.BadZipFile):
        return b""
    return content if len(content) <= MOST_BYTES else b""
