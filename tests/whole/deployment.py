"""What stands in deploy/, as tests read it."""

import re

from tricks.settings import ROOT

DEPLOY = ROOT / "deploy"
HOST = "lab.example.org"
INSTRUCTION = re.compile(r"^([A-Z]+) ((?:.*\\\n)*.*)", re.MULTILINE)
DOCKERFILE = INSTRUCTION.findall((DEPLOY / "Dockerfile").read_text())


def read_instructions(name: str) -> list[str]:
    """The arguments of the Dockerfile's instructions of this name."""
    return [text for instruction, text in DOCKERFILE if instruction == name]
