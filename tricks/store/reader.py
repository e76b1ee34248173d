"""Reading a run's file while it grows."""

import json
import os
from pathlib import Path

from tricks.files import Stamp, stamp
from tricks.store.record import DAMAGE, Record, read_header

MOST_HEADER_BYTES = 10_000


class Reader:
    """Reads a run's file from where it stopped the last time, so that a live run costs only what is new."""

    def __init__(self, path: Path):
        self.path = path
        self.record: Record | None = None
        self._offset = 0
        self._header = b""
        self._seen: Stamp = ()

    def read(self) -> Record | None:
        """The record as of now; None while the file has no header, an OSError when there is no file."""
        with self.path.open("rb") as file:
            header, now = file.readline(MOST_HEADER_BYTES), stamp(os.fstat(file.fileno()))
            if header != self._header or not has_grown(self._seen, now):
                self._header, self._offset, self.record = header, 0, None  # Another file, or one changed in its midst.
            self._seen = now
            file.seek(self._offset)
            lines = file.read().split(b"\n")
        for line in lines[:-1]:
            self._offset += len(line) + 1
            self._take(line)
        return self.record

    def _take(self, line: bytes) -> None:
        if self.record:
            self.record.take_line(line)
            return
        try:
            self.record = read_header(json.loads(line))
        except DAMAGE:
            pass  # A torn or damaged line: the rest of the file is still worth reading.


def has_grown(before: Stamp, now: Stamp) -> bool:
    """Whether it is the same file, as it was or with more at its end."""
    return before == now or bool(before) and before[2] == now[2] and before[0] < now[0]
