"""What this process may really use: the machine's cores and memory, less what a container or the user holds back."""

import math
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
KEPT_FILES = ("inactive_file", "active_file")  # Of both the kernel takes what it needs; memory disks count elsewhere.
ENDLESS = 2**60  # What version 1 writes for no limit is larger than this.


def name_machine() -> str:
    """This machine's name, as files can have it; machines that have a folder in common have different ones."""
    return re.sub(r"[^\w.-]", "-", platform.node()) or "unnamed"


def count_usable_cores(cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> int:
    """The least of the cores that the process may run on, its container's share of them, and OMP_NUM_THREADS."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    limits = [affinity, *([int(asked)] if asked.isdecimal() and int(asked) else [])]
    limits += [max(1, math.ceil(share)) for share in list_cpu_shares(cgroups, own)]
    return min(limits)


def count_usable_bytes(cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> int:
    """The least of the machine's free memory and what is left of its container's."""
    return max(0, min([psutil.virtual_memory().available, *list_memory_rests(cgroups, own)]))


def count_held_bytes(process: int) -> int:
    """The memory that would be free without the process, so not what it shares with others; 0 once it is gone."""
    try:
        memory = psutil.Process(process).memory_info()
    except psutil.Error:
        return 0
    return memory.rss - getattr(memory, "shared", 0)


def count_all_bytes(cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> int:
    """The least of the machine's memory and its container's."""
    return min([psutil.virtual_memory().total, *(most for most, _ in list_memory_limits(cgroups, own))])


def list_cpu_shares(cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> list[float]:
    """The cores that the process's groups, and those around them, give it: CPU time a period."""
    shares = []
    for folder in list_folders(cgroups, own, "cpu"):
        match (_read(folder / "cpu.max") or _read_quota(folder)).split():
            case [quota, period] if _is_limit(quota) and _is_limit(period):
                shares.append(int(quota) / int(period))
    return shares


def list_memory_rests(cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> list[int]:
    """The bytes that are left in each of the process's groups that has a limit; files that are only kept count not."""
    rests = []
    for most, folder in list_memory_limits(cgroups, own):
        used = _read(folder / "memory.current") or _read(folder / "memory.usage_in_bytes") or 0
        rests.append(most - max(0, int(used) - count_kept_files(folder)))
    return rests


def list_memory_limits(cgroups: Path, own: Path) -> Iterator[tuple[int, Path]]:
    """The limits of the process's groups, in bytes, each with the group's folder."""
    for folder in list_folders(cgroups, own, "memory"):
        for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
            if _is_limit(most := _read(folder / name)):
                yield int(most), folder


def count_kept_files(folder: Path) -> int:
    """The bytes of files that a group keeps in memory only as long as nobody needs the room."""
    known = dict(line.partition(" ")[::2] for line in _read(folder / "memory.stat").splitlines())
    counts = [known.get(f"total_{name}", known.get(name, "")) for name in KEPT_FILES]
    return sum(int(count) for count in counts if count.isdecimal())


def list_folders(cgroups: Path, own: Path, controller: str) -> Iterator[Path]:
    """The folders of the group that the process is in, and of all around it, in both versions of cgroups."""
    for line in _read(own).splitlines():
        number, controllers, path = (line.split(":", 2) + ["", ""])[:3]
        if number == "0":
            roots = [cgroups, cgroups / "unified"]
        else:
            roots = [cgroups / controller, cgroups / controllers] if controller in controllers.split(",") else []
        for root in dict.fromkeys(roots):
            inside = root / path.lstrip("/")
            yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(root))


def _read_quota(folder: Path) -> str:
    return f"{_read(folder / 'cpu.cfs_quota_us')} {_read(folder / 'cpu.cfs_period_us')}"


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""


def _is_limit(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) < ENDLESS
