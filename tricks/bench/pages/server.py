"""A server as the README starts it, on a cache of the bench's own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tricks.settings import ROOT

WARM_SECONDS = 10  # The worker imports PyTorch beside the first visit otherwise.


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: its address without a scheme, and its process."""

    address: str
    process: int


@contextmanager
def start_server(data: Path, device: str, cache: Path) -> Iterator[Server]:
    """Starts a server and ends it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options],
        cwd=ROOT,
        env={**os.environ, "TRICKS_CACHE": str(cache), "TRICKS_DATA": str(data), "TRICKS_DEVICE": device},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield Server(address=f"127.0.0.1:{port}", process=process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(address: str) -> None:
    """Returns when the address answers."""
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")
