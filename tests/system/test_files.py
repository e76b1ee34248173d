"""Files that are whole or not there, with the modes that their readers need; and advice that fits what went wrong."""

import errno
import os
import stat
import time

import pytest

from tests.disks import as_user, make_read_only, umask
from tricks.system.files import PRIVATE, advise, format_os_error, replace_file, replacing, stamp


def fail(*_) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """When writing fails, the old content stays and nothing else is left behind."""
    path = tmp_path / "file"
    replace_file(path, b"old")
    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")

    assert [path] == list(tmp_path.iterdir())
    assert b"old" == path.read_bytes()


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    """Of two that write the same file at once each writes all of its own, and the last one's stays."""
    path = tmp_path / "file"

    with replacing(path) as one, replacing(path) as other:
        one.write_bytes(b"one")
        other.write_bytes(b"other")

    assert b"one" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("mask, shared", [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_shared_file_follows_the_umask_and_a_private_one_is_its_owner_s(tmp_path, mask, shared):
    """Who may read a file is what the user's umask says, whatever a library makes of it; secrets are for one alone."""
    with umask(mask):
        replace_file(tmp_path / "private", b"", PRIVATE)
        with replacing(tmp_path / "shared") as partial:
            partial.unlink()
            partial.touch(0o600)

    assert shared == stat.S_IMODE((tmp_path / "shared").stat().st_mode)
    assert 0o600 == stat.S_IMODE((tmp_path / "private").stat().st_mode)


def rewrite(path) -> None:
    path.write_bytes(b"new")


def rename(path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"new")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [rewrite, rename])
def test_other_content_has_another_stamp(tmp_path, change):
    """A file of the same size and time, but with other content, has another stamp; without a change it is the same."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.utime(path, ns=(1, 1))
    before, again = stamp(path.stat()), stamp(path.stat())
    time.sleep(0.05)  # Longer than the clock's grain.

    change(path)
    os.utime(path, ns=(1, 1))

    assert before == again != stamp(path.stat())
    assert before[:2] == stamp(path.stat())[:2]


@pytest.mark.parametrize(
    "number, words",
    [
        (errno.ENOSPC, "make room, or choose another folder by HERE"),
        (errno.EDQUOT, "make room, or choose another folder by HERE"),
        (errno.EACCES, "give this user the right to write there, or choose another folder by HERE"),
        (errno.EROFS, "choose another folder by HERE"),
        (errno.ENOLCK, "its disk cannot lock files, so choose another folder by HERE"),
        (errno.EMFILE, "raise the limit of open files (ulimit -n)"),
    ],
)
def test_advice_fits_what_went_wrong(number, words):
    """What to do follows from what the system said: room helps a full disk, and no other."""
    assert words == advise(OSError(number, os.strerror(number)), "HERE")


def test_a_refusal_names_the_file(tmp_path):
    """What the system says of a file is told with its name, and the rest as it is."""
    with pytest.raises(OSError) as caught:
        (tmp_path / "none").stat()

    assert "No such file or directory: none" == format_os_error(caught.value)
    assert "No space left on device" == format_os_error(OSError(28, "No space left on device"))
    assert "something" == format_os_error(OSError("something"))


@pytest.mark.slow
def test_what_went_wrong_is_told_also_where_nothing_can_be_cleaned_up(small_disk):
    """On a disk that has become read-only in the middle the first refusal is told, not that of the clean-up."""
    with pytest.raises(ValueError, match="^the reason$"), replacing(small_disk / "file"):
        make_read_only(small_disk)
        raise ValueError("the reason")


@pytest.mark.slow
def test_another_user_s_folder_is_left_as_it_is(common_folder):
    """Where another user may not write, a file is not written, and nothing is left behind."""
    replace_file(common_folder / "file", b"root's")

    with as_user(), pytest.raises(PermissionError):
        replace_file(common_folder / "file", b"new")

    assert ["file"] == os.listdir(common_folder)
    assert b"root's" == (common_folder / "file").read_bytes()
