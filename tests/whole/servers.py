"""Real servers that are ended as a power cut would, and what they have told their operator."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.whole.conftest import find_port, wait_for_server
from tricks.settings import ROOT


class Server:
    """A server of its own port on the cache; `events` are the lines that it has told its operator."""

    def __init__(self, cache: Path, log: Path, **settings: str):
        port = find_port()
        self._log = log
        self.address = f"http://127.0.0.1:{port}"
        own = {"TRICKS_CACHE": str(cache), "TRICKS_DEVICE": "cpu", "TRICKS_LOG": "json"}
        options = ["--server.headless", "true", "--server.port", str(port), "--server.address", "127.0.0.1"]
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options],
                cwd=ROOT,
                env={**os.environ, **own, **settings},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        try:
            wait_for_server(self.address)
        except BaseException:
            self.kill()
            raise

    @property
    def events(self) -> list[dict]:
        """What happened, as its operator reads it; the last line of a killed server may be cut."""
        lines = self._log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def list_runs(self, event: str) -> Counter:
        """How often this happened to each run."""
        return Counter(line["run"] for line in self.events if line["event"] == event)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


# A server without its pages: the lab on the cache and the processor that the environment names.
BARE_SERVER = "import time; from tricks.lab import open_lab; open_lab(); print('open', flush=True); time.sleep(600)"


@contextmanager
def serve(cache: Path) -> Iterator[subprocess.Popen]:
    """A server on the cache; ended, if it has not been killed before."""
    environment = {**os.environ, "TRICKS_CACHE": str(cache), "TRICKS_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([sys.executable, "-c", BARE_SERVER], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == "open\n"
        yield server
    finally:
        server.kill()
        server.communicate()
