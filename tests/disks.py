"""Disks and users as the kernel knows them, for tests that run as root."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def mount_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of this size at the folder, which is made; it can be filled, or made read-only."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs Linux and the right to mount a small disk")
    try:
        yield folder
    finally:
        while folder.is_mount():
            unmount(folder)


def fill(folder: Path) -> Path:
    """The file that takes all the room that the folder's disk had left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"x" * 4096)
    return ballast


def unmount(folder: Path) -> None:
    """Takes away what was mounted there last: the disk, or its being read-only."""
    subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """Nothing can be opened to be written below the folder any more: a read-only view of it lies on top.

    It is read-only before it gets there: a file that is opened meanwhile would keep it from becoming so.
    """
    view = folder.with_name(f"{folder.name} read-only")
    view.mkdir(exist_ok=True)
    subprocess.run(["mount", "--bind", folder, view], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", view], check=True)
    subprocess.run(["mount", "--bind", view, folder], check=True)  # A view of a read-only view is one.
    subprocess.run(["umount", view], check=True)
    view.rmdir()


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
