"""Files that are whole or not there, and what to do where the system refuses.

They have the modes that their readers need, and the same content as long as their stamp is the same. What is read may
have been put there by anybody: only plain files of a sensible size are opened.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

Stamp = tuple[int, ...]

# A pipe would wait for somebody who writes; a device could be touched by being opened.
UNHURRIED = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
SHARED, PRIVATE = 0o666, 0o600  # Of these the umask takes what the user wants to keep from others.
ELSEWHERE = "choose another folder by {variable}"
ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), f"make room, or {ELSEWHERE}"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), f"give this user the right to write there, or {ELSEWHERE}"),
    **dict.fromkeys((errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP), f"its disk cannot lock files, so {ELSEWHERE}"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "raise the limit of open files (ulimit -n)"),
    errno.EFBIG: "raise the limit of a file's size (ulimit -f)",
}


class NotPlain(ValueError):
    """There is something else under the name of a file: a device, a pipe, a folder, or much more than belongs there."""


def open_plain(path: Path, most_bytes: int) -> BinaryIO:
    """The file, open to be read (NotPlain; OSError where there is none, or it may not be read)."""
    check_plain(path, os.stat(path), most_bytes)
    descriptor = os.open(path, os.O_RDONLY | UNHURRIED)
    try:
        check_plain(path, os.fstat(descriptor), most_bytes)  # It may have become another one meanwhile.
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_plain(path: Path, most_bytes: int) -> bytes:
    """The file's content, as `open_plain` gives it."""
    with open_plain(path, most_bytes) as file:
        return file.read(os.fstat(file.fileno()).st_size)


def open_beside_links(path: str, flags: int) -> int:
    """An opener for `open` that writes to the file of this name, and never to where a link leads (OSError)."""
    return os.open(path, flags | UNHURRIED | getattr(os, "O_NOFOLLOW", 0), SHARED)


def check_plain(path: Path, status: os.stat_result, most_bytes: int) -> None:
    """Refuses what is no plain file, or larger than this (NotPlain)."""
    if not stat.S_ISREG(status.st_mode) or status.st_size > most_bytes:
        raise NotPlain(f"{path.name} is no plain file of at most {most_bytes:,} bytes")


def format_name(path: Path) -> str:
    """The file's name as a text can have it, whatever its bytes are."""
    name = os.fsencode(path.name).decode(errors="replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)


def stamp(status: os.stat_result) -> Stamp:
    """What changes when a file does: size, time, place on the disk, and the time that nobody can set."""
    return (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)


@contextmanager
def replacing(path: Path, mode: int = SHARED) -> Iterator[Path]:
    """A file to be written, which then takes the place of `path` at once, also when the power fails in between.

    When anything goes wrong `path` is as it was, and what went wrong is raised, whatever becomes of the file.
    """
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        partial.touch(mode)
        wanted = partial.stat().st_mode
        yield partial
        if partial.stat().st_mode != wanted:  # Some libraries make their files for their owner alone.
            partial.chmod(stat.S_IMODE(wanted))
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):  # Of a disk that is read-only since, or full.
            partial.unlink()
        raise


def replace_file(path: Path, content: bytes, mode: int = SHARED) -> None:
    """Writes the file so that it is either as before or complete (OSError)."""
    with replacing(path, mode) as partial:
        partial.write_bytes(content)


def give_to_owner(path: Path, folder: Path) -> None:
    """Root gives what it has put into a folder to the folder's owner, whose server could not change it (OSError)."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def make_lock(path: Path) -> FileLock:
    """The system's lock of this name, for any thread (OSError when it is taken on a disk that has none).

    Never a file that only stands for one: a process that is killed would hold it for ever.
    """
    return FileLock(path, thread_local=False, fallback_to_soft=False)


def format_os_error(error: OSError) -> str:
    """What the system said, and of which file."""
    reason = error.strerror or str(error)
    return f"{reason}: {format_name(Path(os.fsdecode(error.filename)))}" if error.filename else reason


def advise(error: OSError, variable: str) -> str:
    """What to do about it, where `variable` of the environment names the folder."""
    return ADVICE.get(error.errno, ELSEWHERE).format(variable=variable)
