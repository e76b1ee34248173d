"""A cache's copy: its runs, those of other hosts, and what visitors wait for; neither locks nor the index."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from tricks.store.cleanup import KEPT_RUNS
from tricks.store.files import BEGUN, FINISHED, SUFFIXES
from tricks.store.imported import IMPORTED
from tricks.system.files import give_to_owner, replacing

FOLDERS = ("queue", "settle", "bans")  # Requests of visitors, which name them, and keep their modes.


def list_kept_files(folder: Path) -> Iterator[Path]:
    """All that is worth a copy, relative to the cache; a run's own file comes after what it needs."""
    for each in (folder, *sorted((folder / IMPORTED).glob("*/"))):
        there = [path.name for path in each.iterdir() if not path.name.startswith(".")]
        names = [name for name in there if name.endswith(SUFFIXES) or name == KEPT_RUNS]
        names.sort(key=lambda name: (name.endswith(FINISHED), name))
        yield from (each.relative_to(folder) / name for name in names)
    for inner in FOLDERS:
        yield from (path.relative_to(folder) for path in sorted((folder / inner).glob("*.json")))


def copy_cache(source: Path, target: Path, overwrite: bool) -> list[Path]:
    """Copies what the other folder has not, or has otherwise if it may be overwritten; returns what went (OSError).

    Nothing is deleted there. A begun run is left out where it is finished.
    """
    copied = []
    target.mkdir(parents=True, exist_ok=True)
    for name in list_kept_files(source):
        try:
            status = (source / name).lstat()
            is_over = is_finished(source, name) or is_finished(target, name)
            if stat.S_ISREG(status.st_mode) and not is_over and is_missing(status, target / name, overwrite):
                for folder in reversed(name.parents[:-1]):
                    (target / folder).mkdir(exist_ok=True)
                    give_to_owner(target / folder, target)
                copy_file(source / name, target / name, stat.S_IMODE(status.st_mode))
                give_to_owner(target / name, target)
                copied.append(name)
        except FileNotFoundError:
            if (source / name).exists():
                raise
            continue  # It was finished, or done, meanwhile.
    return copied


def forget_what_is_over(source: Path, target: Path) -> None:
    """Deletes from the copy what is no result and is over in the cache: requests, and begun runs that are finished."""
    waited_for = (path for inner in FOLDERS for path in (target / inner).glob("*.json"))
    over = [path for path in waited_for if not (source / path.relative_to(target)).exists()]
    over += [path for suffix in BEGUN for path in target.glob(f"*{suffix}") if is_finished(target, Path(path.name))]
    for path in over:
        path.unlink(missing_ok=True)


def is_finished(folder: Path, name: Path) -> bool:
    """Whether this is a file of a begun run that the folder has as a finished one."""
    return any(
        name.name.endswith(suffix) and (folder / f"{name.name.removesuffix(suffix)}{FINISHED}").exists()
        for suffix in BEGUN
    )


def is_missing(status: os.stat_result, target: Path, overwrite: bool) -> bool:
    """Whether the target is not there, or is otherwise and may be overwritten."""
    try:
        there = target.lstat()
    except FileNotFoundError:
        return True
    return overwrite and (there.st_size, int(there.st_mtime)) != (status.st_size, int(status.st_mtime))


def copy_file(source: Path, target: Path, mode: int) -> None:
    """The file with its times, whole or not at all (OSError)."""
    with replacing(target, mode) as partial:
        shutil.copyfile(source, partial)
        shutil.copystat(source, partial)
        partial.chmod(mode)
