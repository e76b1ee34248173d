"""The lab in another site's frame, as hosted Spaces show it."""

import re
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.whole.conftest import serve

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def certificate(tmp_path) -> tuple[Path, Path]:
    """A certificate that nobody vouches for, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl on the PATH")
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*make, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths


@pytest.fixture
def space(tmp_path, certificate):
    """The address of another site, which shows the lab in a frame."""
    options = ("--server.sslCertFile", str(certificate[0]), "--server.sslKeyFile", str(certificate[1]))
    with serve(tmp_path / "cache", *options, scheme="https") as address:

        class Space(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                lab = f"{address}/?dataset=toy&epochs=100"
                self.wfile.write(f"<iframe src='{lab}' width=1200 height=800></iframe>".encode())

        server = ThreadingHTTPServer(("127.0.0.1", 0), Space)
        encrypted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        encrypted.load_cert_chain(*certificate)
        server.socket = encrypted.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        server.server_close()


def look_into(page: Page, space: str) -> FrameLocator:
    """The lab in the other site's frame, once it is there."""
    page.goto(space)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Training tricks, tested")).to_be_visible(timeout=30_000)
    return frame


def test_a_visitor_in_a_frame_stays_the_same(browser, space):
    """Over HTTPS a visitor whose browser shows the lab in another site's frame has their training after a reload."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    look_into(page, space).get_by_role("button", name="Train seed 0").click()
    page.wait_for_timeout(2000)

    mine = look_into(page, space).get_by_role("button", name=re.compile("Training seed 0|Seed 0 waits"))

    expect(mine).to_be_visible(timeout=20_000)
    assert [(True, "None")] == [(cookie["secure"], cookie["sameSite"]) for cookie in context.cookies()]
    context.close()
