"""What stands in deploy/ can be read by what it is for, and all of it agrees."""

import asyncio
import configparser
import re
import shutil
import subprocess
import sys

import pytest

from tests.whole.deployment import DEPLOY, HOST, read_instructions
from tricks.pages.sessions.edge import Edge
from tricks.settings import ROOT


def read_yaml(name: str) -> list[dict]:
    """The documents of a file."""
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which comes with Ray: pip install pyyaml")
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


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
