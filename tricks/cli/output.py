"""What a command answers: the same for programs and for people."""

import json
import os
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`document` is for programs and `lines` are for people; `code` is 0 when the work is done, 1 when it failed."""

    document: Any
    lines: list[str]
    code: int = 0

    def write(self, as_json: bool) -> str:
        """The text that goes to stdout."""
        return json.dumps(self.document) if as_json else "\n".join(self.lines)


def close_stdout() -> None:
    """Lets what is still to be written go nowhere, so that Python does not complain at its end that nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
