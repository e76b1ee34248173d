"""Behind the proxies of deploy/ a page works, visitors are told apart, and each stays at one server."""

import asyncio
import base64
import http.client
import os
import re
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn

from tests.whole.conftest import find_port, serve
from tests.whole.deployment import DEPLOY, HOST, read_instructions


@contextmanager
def run_proxy(folder: Path, name: str, *servers: str) -> Iterator[int]:
    """The proxy as deploy/ has it, before these servers; yields its port."""
    if not shutil.which(name):
        pytest.skip(f"needs {name}")
    port = find_port()
    if name == "nginx":
        text = (DEPLOY / "nginx.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
        parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        own = "".join(f"{part}_temp_path {folder}/{part};" for part in parts)
        text = f"daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {own}\n{text}\n}}"
        command = ["nginx", "-e", f"{folder}/errors", "-c"]
    else:
        text = (DEPLOY / "Caddyfile").read_text().replace(f"{HOST} {{", f"http://{HOST}:{port} {{")
        text = "{\n\tadmin off\n}\n" + text
        command = ["caddy", "run", "--adapter", "caddyfile", "--config"]
    file = folder / "proxy.conf"
    further = re.compile(r"^ +# Further servers .*$", re.MULTILINE)
    if len(servers) > 1:
        text = further.sub(f"server {servers[1]};", text)
    own = servers[0] if name == "nginx" else " ".join(servers)
    file.write_text(text.replace("127.0.0.1:8501", own))
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    proxy = subprocess.Popen([*command, file], env={**os.environ, "HOME": str(folder)}, **pipes)
    try:
        yield port
    finally:
        proxy.terminate()
        proxy.wait(20)


def ask(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    """The proxy's answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": f"{HOST}:{port}", **headers})
    answer = connection.getresponse()
    answer.body = answer.read() if answer.length else b""
    connection.close()
    return answer


def open_websocket(port: int, path: str, origin: str) -> int:
    """What the proxy says to a page of this origin that asks for a websocket."""
    key = base64.b64encode(bytes(16)).decode()
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
    return ask(port, f"{path}/_stcore/stream", Origin=origin, **headers).status


@pytest.mark.slow
@pytest.mark.parametrize(("name", "path"), [("nginx", "/tricks"), ("caddy", ""), ("caddy", "/tricks")])
def test_behind_a_proxy(tmp_path, name, path):
    """Behind either proxy the page has its cookie and its websocket, also below a path; foreign pages have none."""
    options = ["--server.baseUrlPath", path[1:]] if path else []
    with serve(tmp_path / "cache", *options, path=path) as address:
        server = re.search(r"127.0.0.1:\d+", address)[0]
        with run_proxy(tmp_path, name, server) as port:
            wait_for_proxy(port)
            page = ask(port, f"{path}/")
            own, foreign = (open_websocket(port, path, f"http://{host}") for host in (f"{HOST}:{port}", "other.org"))

    assert 200 == page.status
    assert "tricks_visitor=" in page.getheader("Set-Cookie")
    assert (101, 403) == (own, foreign)


@contextmanager
def answer_as(name: str) -> Iterator[str]:
    """A server that says only its name; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        """Answers every GET with the name."""

        def do_GET(self) -> None:
            """The name."""
            self.send_response(200)
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_message(self, format: str, *values: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_browser_stays_at_one_of_several_servers(tmp_path, name):
    """Either proxy brings a browser to the same one of two servers again and again, and different ones to both."""
    with answer_as("first") as first, answer_as("second") as second, run_proxy(tmp_path, name, first, second) as port:
        wait_for_proxy(port)
        reached = []
        for visitor in range(20):
            cookies = f"tricks_visitor={visitor:022}"
            answers = []
            for _ in range(4):
                answer = ask(port, "/tricks/", Cookie=cookies)
                answers.append(answer.body)
                cookies = "; ".join([cookies, *(answer.getheader("Set-Cookie") or "").split(";")[:1]]).strip("; ")
            reached.append(set(answers))

    assert all(len(servers) == 1 for servers in reached)
    assert {b"first", b"second"} == set.union(*reached)


def wait_for_proxy(port: int) -> None:
    """Returns when somebody listens there."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the proxy did not start"
            time.sleep(0.1)


def test_visitors_behind_a_proxy_in_a_private_network_are_told_apart(monkeypatch):
    """To the image a proxy of Docker, Kubernetes or a Space is no visitor: whom it speaks for is."""
    seen = []
    values = dict(word.split("=", 1) for text in read_instructions("ENV") for word in shlex.split(text))

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    monkeypatch.setenv("FORWARDED_ALLOW_IPS", values["FORWARDED_ALLOW_IPS"])
    config = uvicorn.Config(app, log_config=None)
    config.load()
    for proxy in ("172.18.0.1", "10.42.0.5", "198.51.100.9"):
        headers = [(b"x-forwarded-for", b"1.2.3.4, 203.0.113.7"), (b"x-forwarded-proto", b"https")]
        scope = {"type": "http", "client": (proxy, 1), "headers": headers, "scheme": "http"}
        asyncio.run(config.loaded_app(scope, None, None))

    assert ["203.0.113.7", "203.0.113.7", "198.51.100.9"] == seen
