"""Which names the host answers to, and what it keeps to itself."""

import asyncio
import urllib.error
import urllib.request

import pytest

from tests.whole.conftest import serve
from tricks.pages.sessions.edge import Edge


async def app(scope, receive, send):
    """An empty answer, or an open websocket."""
    start = {"http": "http.response.start", "websocket": "websocket.accept"}.get(scope["type"], "other")
    await send({"type": start, "status": 200, "headers": []})


def ask(name: str, host: str = "lab.example", path: str = "/", kind: str = "http") -> dict:
    """The first word of the answer that a request for this host gets from a lab of this name."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": path, "headers": [(b"host", host.encode())], "method": "GET"}
    asyncio.run(Edge(app, lambda: name)(scope, None, send))
    return sent[0]


@pytest.mark.parametrize("host", ["lab.example", "LAB.example:8501", "localhost:8501", "127.0.0.1", "[::1]:8501"])
def test_the_host_s_own_name_is_answered(host):
    """The lab answers to its name with any port, and to this machine; no other site can frame what it answers."""
    answer = ask("lab.example", host)

    assert 200 == answer["status"]
    assert (b"x-frame-options", b"SAMEORIGIN") in answer["headers"]
    assert (b"content-security-policy", b"frame-ancestors 'self'") in answer["headers"]


@pytest.mark.parametrize("host", ["rebound.example", "lab.example.rebound.example", "", "lab.example:x"])
def test_another_name_is_refused(host):
    """Who comes by a name that is not the host's, as by DNS rebinding, gets a sentence, and no websocket."""
    assert 421 == ask("lab.example", host)["status"]
    assert "websocket.close" == ask("lab.example", host, kind="websocket")["type"]


def test_without_a_name_any_will_do():
    """Until the settings name the host, any name and any frame work."""
    assert {"type": "http.response.start", "status": 200, "headers": []} == ask("", "any.example")
    assert "websocket.accept" == ask("", "any.example", kind="websocket")["type"]


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/lab/_stcore/metrics"])
def test_metrics_are_nobody_s_business(path):
    """Streamlit's own metrics are not there, whatever the host is called."""
    assert [404, 404] == [ask(name, path=path)["status"] for name in ("", "lab.example")]


@pytest.mark.parametrize("path", ["/_stcore/upload_file/x/y", "/lab/_stcore/upload_file/x/y"])
def test_no_file_is_taken(path):
    """An upload is refused before anything of it is read, whatever the host is called."""
    assert [413, 413] == [ask(name, path=path)["status"] for name in ("", "lab.example")]


@pytest.mark.slow
def test_a_real_server_has_this_edge(tmp_path, monkeypatch):
    """The server as it is started answers to its name, and refuses others, its metrics and uploads with a sentence."""
    monkeypatch.setenv("TRICKS_HOST", "lab.example")

    with serve(tmp_path / "cache") as address:
        requests = {
            "own": urllib.request.Request(address, headers={"Host": "lab.example"}),
            "other": urllib.request.Request(address, headers={"Host": "rebound.example"}),
            "metrics": urllib.request.Request(f"{address}/_stcore/metrics"),
            "upload": urllib.request.Request(f"{address}/_stcore/upload_file/x/y", b"x" * 1000, method="PUT"),
        }
        answers = {name: read_status(request) for name, request in requests.items()}

    assert {"own": (200, "SAMEORIGIN"), "other": (421, None), "metrics": (404, None), "upload": (413, None)} == answers


def read_status(request: urllib.request.Request) -> tuple[int, str | None]:
    """The answer's status, and who may frame it."""
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers.get("X-Frame-Options")
    except urllib.error.HTTPError as refusal:
        return refusal.code, None
