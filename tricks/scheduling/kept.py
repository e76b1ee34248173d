"""What visitors ask for as files: whole, for their owner alone since they name visitors, and never an error."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from tricks.store.record import DAMAGE
from tricks.system.files import PRIVATE, read_plain, replace_file

MOST_BYTES = 1_000_000  # A request has as many visitors as there are at most.
Kept = TypeVar("Kept")


def read_kept(folder: Path, parse: Callable[[dict[str, Any]], Kept]) -> list[Kept]:
    """What `parse` makes of the folder's files, by their names; what cannot be read, file or folder, is left out."""
    found, paths = [], []
    with suppress(OSError):
        paths = sorted(folder.glob("*.json"))
    for path in paths:
        try:
            hide(path)
            found.append(parse(json.loads(read_plain(path, MOST_BYTES))))
        except (OSError, *DAMAGE):
            continue
    return found


def hide(path: Path) -> None:
    """Keeps the file from other users: visitors' names are secrets, which earlier versions left for all to read.

    What a link leads to is somebody else's, and stays as it is.
    """
    with suppress(OSError):
        if path.is_file() and not path.is_symlink():
            path.chmod(PRIVATE)


def may_read_kept(folder: Path) -> bool:
    """Whether this user may read the folder and each of its files; where there is none, there is nothing to hide."""
    try:
        for path in folder.iterdir():
            with path.open("rb"):
                pass
    except PermissionError:
        return False
    except OSError:
        pass
    return True


def write_kept(path: Path, content: dict[str, Any]) -> bool:
    """Writes the file, and its folder where there is none; False where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(content).encode(), PRIVATE)
    except OSError:
        return False
    return True


def forget_kept(path: Path) -> bool:
    """Deletes the file, where there is one; False where that cannot be."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
