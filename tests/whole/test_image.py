"""The image of deploy/: what goes into it, and that it starts, is well and ends."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.whole.conftest import find_port, wait_for_server
from tests.whole.deployment import DEPLOY, DOCKERFILE, read_instructions
from tricks.settings import ROOT


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
