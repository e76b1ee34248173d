"""What the process may use, read off files as the kernel writes them in both versions of cgroups."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tricks.settings import ROOT
from tricks.system.resources import (
    CGROUPS,
    count_all_bytes,
    count_held_bytes,
    count_usable_bytes,
    count_usable_cores,
    name_machine,
)


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch) -> None:
    """A machine with eight cores and 16 GB free."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 16_000, "total": 20_000})())


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


@pytest.mark.parametrize("folder", ["cpu", "cpu,cpuacct"])
def test_cores_of_an_older_container(tmp_path, folder):
    """The first version of cgroups writes quota and period into files of their own, in a folder with either name."""
    names = {"quota": "300000", "period": "100000"}
    files = {f"{folder}__box__cpu_dot_cfs_{name}_us": content for name, content in names.items()}

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
        ("0::/a", {"a__memory_dot_max": "max", "a__memory_dot_high": "4000", "a__memory_dot_current": "1000"}, 3000),
        (
            "0::/a",
            {
                "a__memory_dot_max": "5000",
                "a__memory_dot_current": "4000",
                "a__memory_dot_stat": "anon 1\ninactive_file 3000\nactive_file 500",
            },
            4500,
        ),
        (
            "4:memory:/",
            {
                "memory__memory_dot_limit_in_bytes": "5000",
                "memory__memory_dot_usage_in_bytes": "4000",
                "memory__memory_dot_stat": "inactive_file 0\ntotal_inactive_file 2000",
            },
            3000,
        ),
        ("", {}, 16_000),
    ],
)
def test_memory_of_a_container(tmp_path, own, files, left):
    """Free is the least of what the machine and the container still have."""
    assert left == count_usable_bytes(*write_cgroups(tmp_path, own, **files))


def test_all_memory_of_a_container(tmp_path):
    """All memory is the machine's, or what the container may have of it."""
    limited = write_cgroups(tmp_path, "0::/a", a__memory_dot_max="5000", a__memory_dot_current="2000")

    assert 5000 == count_all_bytes(*limited)
    assert 20_000 == count_all_bytes(tmp_path / "none", tmp_path / "none")


@pytest.fixture
def cgroup() -> Iterator[Callable[[str, dict[str, str]], Path]]:
    """Makes a real group of the kernel's, with these limits by version, and gives the file that takes processes in."""
    made = []

    def make(controller: str, limits: dict[str, str]) -> Path:
        older = CGROUPS / controller
        folder = (older if older.is_dir() else CGROUPS) / f"tricks-test-{os.getpid()}"
        try:
            folder.mkdir()
            made.append(folder)
            for name, content in limits.items():
                if (folder / name).exists():
                    (folder / name).write_text(content)
            assert any((folder / name).exists() for name in limits)
        except (OSError, AssertionError):
            pytest.skip("needs the right to make groups of processes")
        return folder / "cgroup.procs"

    yield make
    for folder in made:
        folder.rmdir()


def ask_inside(group: Path, expression: str) -> str:
    """What a process in the group says of itself."""
    enter = f"import os; open({str(group)!r}, 'w').write(str(os.getpid()))"
    code = f"{enter}; from tricks.system.resources import *; print({expression})"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=environment, text=True).strip()


@pytest.mark.slow
def test_a_real_group_s_share_of_the_cores_is_kept(cgroup):
    """A process to which the kernel gives one core's time counts one core."""
    limits = {"cpu.max": "100000 100000", "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"}

    assert "1" == ask_inside(cgroup("cpu", limits), "count_usable_cores()")


@pytest.mark.slow
def test_a_real_group_s_memory_is_kept(cgroup):
    """A process to which the kernel gives 300 MB has no more of them, and those less what it holds."""
    limits = {"memory.max": "300000000", "memory.limit_in_bytes": "300000000"}

    whole, left = ask_inside(cgroup("memory", limits), "count_all_bytes(), count_usable_bytes()").split()

    assert 299_000_000 < int(whole) <= 300_000_000
    assert 200_000_000 < int(left) < int(whole)


def test_without_cgroups(tmp_path):
    """A system that has no such files has no such limits."""
    assert 8 == count_usable_cores(tmp_path / "none", tmp_path / "none")
    assert 16_000 == count_usable_bytes(tmp_path / "none", tmp_path / "none")


def test_what_a_process_holds_by_itself():
    """A process that takes 64 MB holds so much more; one that is gone holds nothing."""
    take = "import sys; held = bytes(range(256)) * 2**18 if len(sys.argv) > 1 else 0; print(flush=True); input()"
    held = []
    for more in ([], ["more"]):
        command = [sys.executable, "-c", take, *more]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            held.append(count_held_bytes(process.pid))
            process.kill()

    assert 64e6 < held[1] - held[0] < 80e6
    assert 0 == count_held_bytes(process.pid)


@pytest.mark.parametrize(("name", "expected"), [("gpu-1.lab", "gpu-1.lab"), ("Ann's PC", "Ann-s-PC"), ("", "unnamed")])
def test_a_machines_name_fits_into_a_files_name(monkeypatch, name, expected):
    """Whatever a machine is called, a file can be named after it."""
    monkeypatch.setattr(platform, "node", lambda: name)

    assert expected == name_machine()
