"""How a worker's process begins: its command, its environment, and where its last words go."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import BinaryIO

from tricks.engines.engine import HostUnfit
from tricks.settings import ROOT
from tricks.system.files import advise, format_os_error

TRAINS, DRAWS = "tricks.engines.worker", "tricks.engines.picture_worker"
CONNECTS = "tricks.engines.ray_driver"


def begin_worker(options: Sequence[str], module: str = TRAINS) -> tuple[subprocess.Popen, BinaryIO]:
    """A new process of this module, and the file of its last words (HostUnfit where there cannot be one)."""
    try:
        log = tempfile.TemporaryFile()
        try:
            environment = own_environment() if module == DRAWS else worker_environment()
            return begin_process([sys.executable, "-m", module, *options], log, environment), log
        except OSError:
            log.close()
            raise
    except OSError as error:
        reason = f"no worker can be started ({format_os_error(error)}): {advise(error, 'TMPDIR')}"
        raise HostUnfit(reason) from None


def begin_process(command: Sequence[str], log: BinaryIO, environment: dict[str, str]) -> subprocess.Popen:
    """The process, with a pipe in and a pipe out."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        start_new_session=True,  # Ctrl-C in the terminal is for us, who then end the run in good order.
    )


def read_last_words(log: BinaryIO) -> str:
    """The last line that a process which has ended wrote into its log; nothing where it wrote none."""
    log.seek(0)
    return (log.read().decode(errors="replace").strip().splitlines() or [""])[-1]


def worker_environment() -> dict[str, str]:
    """The environment in which a worker is fast; what the user has set stays."""
    fast = {
        # Large blocks are kept for reuse: giving every batch's memory back to the system costs a sixth of the time.
        "MALLOC_MMAP_THRESHOLD_": str(2**30),
        "MALLOC_TRIM_THRESHOLD_": str(2**32),
        # Where several streams are at work, cuBLAS gives the same bits only with a workspace for each.
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        # Threads that wait for each other soon sleep, so that two busy processes do not spin each other to a crawl.
        "GOMP_SPINCOUNT": "2000",
    }
    return {**fast, **own_environment()}


def own_environment() -> dict[str, str]:
    """This process's environment, in which the product's modules are found from any folder."""
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": paths}
