"""What stands in deploy/: it can be read by what it is for, and does what it says as far as that can be run here."""

import asyncio
import base64
import configparser
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn

from tests.whole.conftest import find_port, serve, wait_for_server
from tricks.pages.sessions.edge import Edge
from tricks.settings import ROOT

DEPLOY = ROOT / "deploy"
HOST = "lab.example.org"
INSTRUCTION = re.compile(r"^([A-Z]+) ((?:.*\\\n)*.*)", re.MULTILINE)
DOCKERFILE = INSTRUCTION.findall((DEPLOY / "Dockerfile").read_text())


def read_instructions(name: str) -> list[str]:
    """The arguments of the Dockerfile's instructions of this name."""
    return [text for instruction, text in DOCKERFILE if instruction == name]


def read_yaml(name: str) -> list[dict]:
    """The documents of a file."""
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which comes with Ray: pip install pyyaml")
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def read_image_environment(folder: Path, port: int) -> dict[str, str]:
    """The image's environment, with this folder as its volume, and another port."""
    values = dict(word.split("=", 1) for text in read_instructions("ENV") for word in shlex.split(text))
    moved = {name: value.replace("/data", str(folder)) for name, value in values.items()}
    return {**os.environ, **moved, "STREAMLIT_SERVER_PORT": str(port), "TRICKS_DEVICE": "cpu"}


def test_the_image_is_small_and_not_roots():
    """The image has a slim base, has no tools of tests, and what runs in it is not root."""
    names = [instruction for instruction, _ in DOCKERFILE]
    step = re.search(r"sed [^&]+?product\.txt", read_instructions("RUN")[1])[0].partition(">")[0]
    packages = subprocess.run(step, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    base = next(text for text in read_instructions("ARG") if text.startswith("BASE="))

    assert ["$BASE"] == read_instructions("FROM")
    assert base.endswith("-slim")
    assert ["lab"] == read_instructions("USER")
    assert names.index("USER") < names.index("CMD")
    assert {"torch", "streamlit"} <= set(re.findall(r"^\w+", packages, re.MULTILINE))
    assert "pytest" not in packages


def test_all_agree_on_the_port():
    """The image's port is the one that its health check, compose, Kubernetes and the Space use."""
    [port] = read_instructions("EXPOSE")
    [compose], kubernetes = read_yaml("compose.yaml"), read_yaml("kubernetes.yaml")
    pod = kubernetes[1]["spec"]["template"]["spec"]
    [container] = pod["containers"]

    assert f"STREAMLIT_SERVER_PORT={port}" in read_instructions("ENV")[0]
    assert f":{port}/_stcore/health" in read_instructions("HEALTHCHECK")[0]
    assert [f"127.0.0.1:8501:{port}"] == compose["services"]["lab"]["ports"]
    assert int(port) == container["ports"][0]["containerPort"] == container["livenessProbe"]["httpGet"]["port"]
    assert int(port) == kubernetes[2]["spec"]["ports"][0]["targetPort"]
    assert f"app_port: {port}\n" in (DEPLOY / "space" / "README.md").read_text()


def test_health_checks_are_answered_by_a_host_that_has_a_name():
    """The image and both probes of Kubernetes ask by a name that the lab answers to, whatever TRICKS_HOST is."""
    statuses = []

    async def send(message):
        statuses.append(message.get("status"))

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    probes = re.findall(r"httpGet: (.*)", (DEPLOY / "kubernetes.yaml").read_text())
    names = [found[1] for probe in probes if (found := re.search(r"name: Host, value: ([\w.]+)", probe))]
    names += re.findall(r"http://([\w.:]+)/_stcore/health", read_instructions("HEALTHCHECK")[0])
    for name in names:
        scope = {"type": "http", "path": "/_stcore/health", "headers": [(b"host", name.encode())], "method": "GET"}
        asyncio.run(Edge(app, lambda: HOST)(scope, None, send))

    assert 2 == len(probes)
    assert [200] * 3 == statuses


def test_clusters_and_compose_ask_for_a_gpu_and_give_time_to_end():
    """Compose and Kubernetes ask for an NVIDIA GPU, keep /data, and give the server half a minute to end."""
    lab, pod = (
        read_yaml("compose.yaml")[0]["services"]["lab"],
        read_yaml("kubernetes.yaml")[1]["spec"]["template"]["spec"],
    )

    assert ["gpu"] == lab["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"]
    assert 1 == pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"]
    assert ("30s", 30) == (lab["stop_grace_period"], pod["terminationGracePeriodSeconds"])
    assert (["lab:/data"], "/data") == (lab["volumes"], pod["containers"][0]["volumeMounts"][0]["mountPath"])
    assert (1000, True) == (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsNonRoot"])


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes.yaml", "tricks.service"])
def test_settings_are_ours(name):
    """Every setting of ours that a file of deploy/ makes is one that the text for hosts explains."""
    made = set(re.findall(r"TRICKS_[A-Z_]+", (DEPLOY / name).read_text()))

    assert made
    assert made <= set(re.findall(r"TRICKS_[A-Z_]+", (ROOT / "docs" / "hosting.md").read_text()))


def test_the_service_is_one(tmp_path):
    """systemd finds nothing to complain of in the unit, whose user is not root."""
    text = (DEPLOY / "tricks.service").read_text()
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    unit.optionxform = str
    unit.read_string(text)
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    here = tmp_path / "tricks.service"
    here.write_text(text.replace("/opt/tricks/.venv/bin/python", sys.executable))

    verdict = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True)

    assert "tricks" == unit["Service"]["User"]
    assert "mixed" == unit["Service"]["KillMode"]  # The server alone is asked to end; it ends its workers.
    assert "tricks.service" not in verdict.stderr


@pytest.mark.slow
def test_the_image_starts_is_well_and_ends(tmp_path):
    """What the image runs answers its health check, begins with the code's results, and ends soon after it is told."""
    port = find_port()
    start = json.loads(read_instructions("CMD")[0])
    check = json.loads(read_instructions("HEALTHCHECK")[0].partition("CMD ")[2].replace("7860", str(port)))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = read_image_environment(tmp_path, port) | {"PATH": path}
    began = time.monotonic()
    server = subprocess.Popen(start, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    before = subprocess.run(check, env=environment, capture_output=True).returncode
    wait_for_server(f"http://127.0.0.1:{port}")
    print(f"the server was well after {time.monotonic() - began:.1f} s")
    after = subprocess.run(check, env=environment, capture_output=True).returncode
    began = time.monotonic()
    server.terminate()
    server.wait(30)

    assert (1, 0) == (before, after)
    assert time.monotonic() - began < 20
    assert len(list((ROOT / "cache").glob("*.jsonl"))) == len(list((tmp_path / "cache").glob("*.jsonl")))


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


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("streamlit_app.py", True),
        ("cache/cifar10,baseline-ed6631e0e0-s0.jsonl", True),
        ("cache/spared.txt", True),
        ("cache/queue/x.json", False),
        ("cache/x.part", False),
        (".streamlit/config.toml", True),
        (".streamlit/secrets.toml", False),
    ],
)
def test_an_image_has_no_keys_and_no_visitors(path, goes):
    """Of a clone that was in use the image gets code and results, and neither keys nor what visitors wait for."""
    rules = [line for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if not line.startswith("#")]
    parts = [str(parent) for parent in (Path(path), *Path(path).parents)]
    matching = [rule for rule in rules if any(re.fullmatch(translate(rule), part) for part in parts)]

    assert goes == (not matching or matching[-1].startswith("!"))


def translate(rule: str) -> str:
    """A rule of an ignore file as a regular expression, in which a star does not go beyond a folder."""
    return re.escape(rule.removeprefix("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
