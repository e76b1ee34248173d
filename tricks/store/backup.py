"""A cache's copy: what runs there are, and what visitors wait for; neither locks nor the index, which is made anew."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from tricks.store.cleanup import KEPT_RUNS
from tricks.store.files import BEGUN, FINISHED, SUFFIXES
from tricks.system.files import replacing

FOLDERS = ("queue", "settle", "bans")  # Requests of visitors, which name them, and keep their modes.


def list_kept_files(folder: Path) -> Iterator[Path]:
    """All that is worth a copy, relative to the cache; a run's own file comes after what it needs."""
    there = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    names = [name for name in there if name.endswith(SUFFIXES) or name == KEPT_RUNS]
    yield from (Path(name) for name in sorted(names, key=lambda name: (name.endswith(FINISHED), name)))
    for inner in FOLDERS:
        yield from (path.relative_to(folder) for path in sorted((folder / inner).glob("*.json")))


def copy_cache(source: Path, target: Path, overwrite: bool) -> list[Path]:
    """Copies what the other folder has not, or has otherwise if it may be overwritten; returns what went (OSError).

    Nothing is deleted there. A begun run is left out where it is finished.
    """
    copied = []
    for name in list_kept_files(source):
        try:
            status = (source / name).lstat()
            if stat.S_ISREG(status.st_mode) and is_missing(status, target, name, overwrite):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                copy_file(source / name, target / name, stat.S_IMODE(status.st_mode))
                copied.append(name)
        except FileNotFoundError:
            if (source / name).exists():
                raise
            continue  # It was finished, or done, meanwhile.
    return copied


def is_missing(status, target: Path, name: Path, overwrite: bool) -> bool:
    """Whether the target needs this file."""
    for suffix in BEGUN:
        if name.name.endswith(suffix) and (target / f"{name.name.removesuffix(suffix)}{FINISHED}").exists():
            return False
    try:
        there = (target / name).lstat()
    except FileNotFoundError:
        return True
    return overwrite and (there.st_size, int(there.st_mtime)) != (status.st_size, int(status.st_mtime))


def copy_file(source: Path, target: Path, mode: int) -> None:
    """The file with its times, whole or not at all (OSError)."""
    with replacing(target, mode) as partial:
        shutil.copyfile(source, partial)
        shutil.copystat(source, partial)
        partial.chmod(mode)
