"""A real browser and a real server, started as the README says."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import expect, sync_playwright

from tricks.settings import ROOT

expect.set_options(timeout=30_000)  # Milliseconds, on a machine where other tests run too.


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, or any other that is on the PATH."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("needs a Chromium on the PATH (on Debian: apt-get install chromium)")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=arguments)


@pytest.fixture
def page(browser):
    """A page of a visitor who has never been here."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def address(tmp_path):
    """The address of a server on an empty cache."""
    with serve(tmp_path / "cache") as address:
        yield address


@contextmanager
def serve(
    cache: Path,
    *options: str,
    path: str = "",
    scheme: str = "http",
    log: int | IO = subprocess.DEVNULL,
    before: Sequence[str] = (),
) -> Iterator[str]:
    """Starts a server on this cache and ends it; yields its address, which has the `path` of its options.

    What it says goes to the `log`, and the command that starts it stands behind the one `before`.
    """
    port = find_port()
    command = [*before, sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port), "--server.address", "127.0.0.1", *options],
        cwd=ROOT,
        env={**os.environ, "TRICKS_CACHE": str(cache), "TRICKS_DEVICE": "cpu"},
        stdout=log,
        stderr=log,
    )
    address = f"{scheme}://127.0.0.1:{port}{path}"
    try:
        wait_for_server(address)
        yield address
    finally:
        server.terminate()
        assert server.wait(timeout=20) is not None


def find_port() -> int:
    """A port that nobody has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_server(address: str) -> None:
    """Returns when the server says that it is well."""
    deadline = time.monotonic() + 60
    any_certificate = ssl.create_default_context()
    any_certificate.check_hostname, any_certificate.verify_mode = False, ssl.CERT_NONE
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5, context=any_certificate) as answer:
                if answer.status == 200:
                    return
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.2)
