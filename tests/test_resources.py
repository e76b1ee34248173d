"""What the process may use, read off files as the kernel writes them in both versions of cgroups."""

from pathlib import Path

import psutil
import pytest

from tricks.resources import count_usable_bytes, count_usable_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch) -> None:
    """A machine with eight cores and 16 GB free."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 16_000})())


def write_cgroups(folder: Path, own: str, **files: str) -> tuple[Path, Path]:
    """A tree of groups, and the file that says in which the process is; in a name __ stands for a folder's slash."""
    for name, content in files.items():
        path = folder / "cgroups" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    (folder / "own").write_text(own + "\n")
    return folder / "cgroups", folder / "own"


@pytest.mark.parametrize(
    "files, cores",
    [
        ({"a__b__cpu_dot_max": "150000 100000"}, 2),
        ({"a__b__cpu_dot_max": "max 100000", "a__cpu_dot_max": "50000 100000"}, 1),
        ({"a__b__cpu_dot_max": "max 100000"}, 8),
        ({"a__b__cpu_dot_max": "nonsense"}, 8),
        ({}, 8),
    ],
)
def test_cores_of_a_container(tmp_path, files, cores):
    """The process has no more threads than its group, or one around it, gives cores, rounded up."""
    assert cores == count_usable_cores(*write_cgroups(tmp_path, "0::/a/b", **files))


def test_cores_of_an_older_container(tmp_path):
    """The first version of cgroups writes quota and period into files of their own."""
    files = {"cpu__box__cpu_dot_cfs_quota_us": "300000", "cpu__box__cpu_dot_cfs_period_us": "100000"}

    assert 3 == count_usable_cores(*write_cgroups(tmp_path, "5:cpu,cpuacct:/box", **files))


@pytest.mark.parametrize("asked, cores", [("3", 3), ("16", 8), ("2,1", 2), ("", 8), ("many", 8), ("0", 8)])
def test_cores_that_the_user_gives(monkeypatch, tmp_path, asked, cores):
    """OMP_NUM_THREADS is a limit too, where it is a number."""
    monkeypatch.setenv("OMP_NUM_THREADS", asked)

    assert cores == count_usable_cores(*write_cgroups(tmp_path, ""))


@pytest.mark.parametrize(
    "own, files, left",
    [
        ("0::/a", {"a__memory_dot_max": "5000", "a__memory_dot_current": "2000"}, 3000),
        ("0::/a", {"a__memory_dot_max": "max", "a__memory_dot_current": "2000"}, 16_000),
        ("0::/a", {"a__memory_dot_max": "1000", "a__memory_dot_current": "2000"}, 0),
        ("4:memory:/", {"memory__memory_dot_limit_in_bytes": "9000", "memory__memory_dot_usage_in_bytes": "1"}, 8999),
        ("4:memory:/", {"memory__memory_dot_limit_in_bytes": "9223372036854771712"}, 16_000),
        ("", {}, 16_000),
    ],
)
def test_memory_of_a_container(tmp_path, own, files, left):
    """Free is the least of what the machine and the container still have."""
    assert left == count_usable_bytes(*write_cgroups(tmp_path, own, **files))


def test_without_cgroups(tmp_path):
    """A system that has no such files has no such limits."""
    assert 8 == count_usable_cores(tmp_path / "none", tmp_path / "none")
    assert 16_000 == count_usable_bytes(tmp_path / "none", tmp_path / "none")
