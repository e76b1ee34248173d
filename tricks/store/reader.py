"""Reading a run's file while it grows."""

import json
import os
from pathlib import Path

from tricks.store.record import DAMAGE, Record, read_header

MOST_HEADER_BYTES = 10_000


class Reader:
    """Reads a run's file from where it stopped the last time, so that a live run costs only what is new."""

    def __init__(self, path: Path):
        self.path = path
        self.record: Record | None = None
        self._offset = 0
        self._header = b""

    def read(self) -> Record | None:
        """The record as of now; None while the file has no header, an OSError when there is no file."""
        with self.path.open("rb") as file:
            header = file.readline(MOST_HEADER_BYTES)
            if header != self._header or file.seek(0, os.SEEK_END) < self._offset:
                self._header, self._offset, self.record = header, 0, None  # Another file under the same name.
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
