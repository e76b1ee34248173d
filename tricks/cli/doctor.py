"""`python -m tricks doctor`: whether what the lab promises holds on this machine, and what to do where not."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from tricks.cli.output import Answer
from tricks.engines.start import read_last_words, worker_environment
from tricks.settings import DECODED_COPY, OFFICIAL_FILES, ROOT
from tricks.stats.wording import format_quantity
from tricks.store.cleanup import measure_bytes
from tricks.store.store import Store
from tricks.store.writer import StoreError
from tricks.system.files import advise, format_os_error
from tricks.system.resources import count_usable_bytes, count_usable_cores, list_cpu_shares, list_memory_rests

CHECKUP_SECONDS = 180
LEAST_DISK = 1_000_000_000  # CIFAR-10 with its archive and decoded copy, and room for runs.
LEAST_MEMORY = 1_500_000_000  # A server and a worker.
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was looked at; `ok` is None where it could not be checked; `advice` says what to do where it is not ok."""

    check: str
    ok: bool | None
    detail: str
    advice: str = ""


def examine(options: Namespace) -> Answer:
    """Checks device, graphs, cache, data and limits; some minutes."""
    checks: list[Check] = []
    for step in list_checks(options.device, options.data, options.cache):
        if isinstance(step, Check):
            checks.append(step)
        else:
            print(f"{len(checks) + 1}: {step} …", file=sys.stderr, flush=True)
    failed = any(check.ok is False for check in checks)
    return Answer(document=[asdict(check) for check in checks], lines=list(map(format_check, checks)), code=int(failed))


def list_checks(device: str, data: Path, cache: Path) -> Iterator[str | Check]:
    """All checks, the quick ones first; before each, or before several that belong together, what is looked at."""
    yield "Python and its packages"
    yield check_python()
    yield check_packages()
    yield "memory, disks and limits"
    yield check_memory()
    yield check_disk("disk of the cache", cache)
    yield check_disk("disk of the data", data)
    yield check_limits()
    yield "the files of the cache and of CIFAR-10"
    yield from check_cache(cache)
    yield check_data(data)
    yield from check_training(device)


def format_check(check: Check) -> str:
    """A check in a line."""
    mark = {True: "ok", False: "FAILED", None: "?"}[check.ok]
    return f"{mark:6} {check.check}: {check.detail}{f'. {check.advice}' if check.advice else ''}"


def conclude(check: str, ok: bool | None, detail: str, advice: str) -> Check:
    """A check with its advice only where it failed."""
    return Check(check=check, ok=ok, detail=detail, advice=advice if ok is False else "")


def check_python() -> Check:
    """Python is new enough."""
    version = sys.version_info[:3]
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return conclude(
        "Python", version >= OLDEST_PYTHON, ".".join(map(str, version)), f"install Python {oldest} or newer"
    )


def check_packages() -> Check:
    """All that requirements.txt asks for is there, in versions that fit."""
    found, wrong = [], []
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        try:
            wanted = Requirement(line.partition("#")[0].strip())
        except InvalidRequirement:
            continue
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        fits = wanted.specifier.contains(version, prereleases=True)
        (found if fits else wrong).append(f"{wanted.name} {version}")
    return conclude("packages", not wrong, ", ".join(wrong or found), "pip install -r requirements.txt")


def check_memory() -> Check:
    """There is memory for the server and a worker."""
    free = count_usable_bytes()
    return conclude(
        "memory", free >= LEAST_MEMORY, f"{free / 1e9:.1f} GB free", "end other programs, or give the container more"
    )


def check_disk(name: str, folder: Path) -> Check:
    """There is room on the disk that the folder is on, or will be."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    return conclude(
        name, free >= LEAST_DISK, f"{free / 1e9:.1f} GB free at {folder}", "make room, or choose another folder"
    )


def check_limits() -> Check:
    """What a container gives is told, since training takes no more."""
    limits = [f"{share:g} of the machine's cores" for share in list_cpu_shares()]
    limits += [f"{rest / 1e9:.1f} GB of memory left" for rest in list_memory_rests()]
    used = format_quantity(count_usable_cores(), "core")
    detail = f"{used} in use; {', '.join(limits) or 'there are no limits'}"
    return Check(check="limits of a container", ok=True, detail=detail)


def check_cache(folder: Path) -> Iterator[Check]:
    """The cache can be written, and all its files can be read."""
    store = Store(folder)
    advice = "choose a folder of your own by TRICKS_CACHE"
    try:
        with store.lock(f"doctor-{threading.get_native_id()}"):
            yield conclude("cache can be written", True, str(folder), advice)
    except StoreError as error:
        yield conclude("cache can be written", False, str(error), advice)
    seen = f"{format_quantity(len(store.finished()), 'finished run')}, {measure_bytes(store) / 1e6:.0f} MB"
    name = "cache can be read"
    if store.trouble or store.unreadable:
        closed = store.trouble or f"{seen}, closed to this user: {', '.join(store.unreadable)}"
        yield conclude(name, False, closed, "run this, and the lab, as the user whose files these are")
    elif store.damaged:
        again = "train these runs again, which sets the damaged files aside"
        yield conclude(name, False, f"{seen}, damaged: {', '.join(store.damaged)}", again)
    else:
        yield conclude(name, True, f"{seen}, none damaged", "")


def check_data(folder: Path) -> Check:
    """CIFAR-10 is there, or will be downloaded."""
    files = folder / OFFICIAL_FILES
    wanted = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"]
    missing = [name for name in wanted if not (files / name).is_file()]
    if not files.is_dir():
        return conclude("CIFAR-10", None, f"not in {folder} yet: it is downloaded when it is first needed", "")
    if missing:
        return conclude("CIFAR-10", False, f"{', '.join(missing)} missing in {files}", f"delete {files}")
    decoded = "decoded" if (folder / DECODED_COPY).exists() else "will be decoded when it is first needed"
    return conclude("CIFAR-10", True, f"complete in {folder}, {decoded}", "")


def check_training(device: str) -> Iterator[str | Check]:
    """What only PyTorch can tell, from a process of its own that is given three minutes."""
    yield "PyTorch and the device"
    try:
        yield from follow_checkup([sys.executable, "-m", "tricks.training.checkup", "--device", device])
    except OSError as error:
        yield conclude("training", False, f"could not be checked ({format_os_error(error)})", advise(error, "TMPDIR"))


def follow_checkup(command: list[str]) -> Iterator[str | Check]:
    """What the checkup says, and how it ended if not well (OSError where it cannot begin)."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=worker_environment()) as checkup,
    ):
        is_late = threading.Event()
        timer = threading.Timer(CHECKUP_SECONDS, lambda: (is_late.set(), checkup.kill()))
        timer.start()
        yield from read_checks(checkup.stdout)
        code = checkup.wait()
        timer.cancel()
        if code:
            reason = f"after {CHECKUP_SECONDS} s" if is_late.is_set() else f"exit code {code}: {read_last_words(log)}"
            yield conclude(
                "training", False, f"the checks ended early ({reason.rstrip(': ')})", "please send this report"
            )


def read_checks(lines: Iterable[str]) -> Iterator[str | Check]:
    """The checks of a checkup as they come, and before each what is looked at."""
    for line in lines:
        said = json.loads(line)
        yield said if isinstance(said, str) else Check(**said)
