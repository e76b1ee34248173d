"""The server as a whole: how it starts, and how it refuses to."""

import os
import subprocess
import sys

import pytest

from tricks.settings import ROOT


@pytest.mark.parametrize(("name", "text"), [("TRAINING", "maybe"), ("LIMITS", "nonsense=3")], ids=lambda text: text[:8])
def test_wrong_settings_end_the_server_with_a_sentence(tmp_path, name, text):
    """A server with a setting that means nothing does not start, and says why without a traceback."""
    settings = {"TRICKS_CACHE": str(tmp_path), f"TRICKS_{name}": text}
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"]

    ended = subprocess.run(
        [*command, "--server.headless", "true"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 2 == ended.returncode
    assert "The lab cannot start: " in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
