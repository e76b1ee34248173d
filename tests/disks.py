"""Disks and users as the kernel knows them, for tests that run as root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


def make_read_only(folder: Path) -> None:
    """Nothing can be written below the folder any more: a disk with open files can have a read-only view only."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)


@contextmanager
def as_user(number: int = NOBODY) -> Iterator[None]:
    """What this process does meanwhile is done with another user's rights."""
    os.setegid(number)
    os.seteuid(number)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """What this process makes meanwhile has what this umask leaves of its rights."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
