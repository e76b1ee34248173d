"""The product's texts, and what commands answer in them: `python -m tests.whole.documents` writes the answers anew.

An answer is what a command prints of the committed cache. It stands as Markdown between `<!-- COMMAND -->` and
`<!-- end -->`, or in a console below `$ COMMAND`.
"""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from tricks.settings import ROOT

REFRESH = "python -m tests.whole.documents"
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
COMMAND = r"(?P<command>python -m tricks [^\n]+?)"
BLOCK = re.compile(rf"(?P<head>^<!-- {COMMAND} -->\n\n)(?P<printed>.*?)(?=\n<!-- end -->$)", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(rf"(?P<head>^\$ {COMMAND}\n)(?P<printed>.*?)(?=^\$ |^```)", re.MULTILINE | re.DOTALL)


def read_document(name: str) -> str:
    """The text of README.md, CONTRIBUTING.md or a file of docs/, by the name before its ending."""
    return next(path for path in DOCUMENTS if path.stem == name).read_text()


def list_answers(text: str) -> list[tuple[str, str]]:
    """Every command whose answer the text has, with that answer."""
    return [found.group("command", "printed") for form in (BLOCK, CONSOLE) for found in form.finditer(text)]


@cache
def answer(command: str) -> str:
    """What the command prints of the committed cache, in a shell where `python` is the one that runs this."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TRICKS_CACHE": str(ROOT / "cache")}
    run = subprocess.run(command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return run.stdout


def refresh(text: str) -> str:
    """The text with every answer as its command gives it now."""
    for form in (BLOCK, CONSOLE):
        text = form.sub(lambda found: found["head"] + answer(found["command"]), text)
    return text


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(refresh(document.read_text()))
