"""What of the machine this process may use: a container or a batch system often gives less than there is."""

import os
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """The processor cores that this process may keep busy, by its affinity, its container and OMP_NUM_THREADS."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if (quota := read_cpu_quota()) is not None:
        cores = min(cores, int(quota))
    wished = os.environ.get("OMP_NUM_THREADS", "")
    if wished.isdecimal() and int(wished):
        cores = min(cores, int(wished))
    return max(1, cores)


def usable_memory_bytes() -> int:
    """The memory that this process and its workers may have in all."""
    limits = [read_words(CGROUP / "memory.max"), read_words(CGROUP / "memory" / "memory.limit_in_bytes")]
    known = [int(words[0]) for words in limits if words and words[0].isdecimal()]
    return min([psutil.virtual_memory().total, *known])


def read_cpu_quota() -> float | None:
    """The container's share of the processor in cores (cgroup v2, else v1); None where there is no limit."""
    words = read_words(CGROUP / "cpu.max") or [
        *read_words(CGROUP / "cpu" / "cpu.cfs_quota_us"),
        *read_words(CGROUP / "cpu" / "cpu.cfs_period_us"),
    ]
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        return None
    return int(words[0]) / int(words[1])


def read_words(path: Path) -> list[str]:
    """The words of a small file; none where it cannot be read."""
    try:
        return path.read_text().split()
    except OSError:
        return []
