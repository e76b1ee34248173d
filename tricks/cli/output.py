"""What a command answers: the same for programs and for people."""

import json
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
