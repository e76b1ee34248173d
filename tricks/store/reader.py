"""Reading a run's file while it grows. Nothing in it can take more memory or time than a run's file does."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tricks.recipe.run import Run
from tricks.store.record import DAMAGE, Record, read_header
from tricks.system.files import NotPlain, Stamp, open_plain, stamp

MOST_HEADER_BYTES = 10_000
MOST_LINE_BYTES = 2_000_000  # The losses of an epoch of 50,000 steps have a quarter of it.
MOST_FILE_BYTES = 200_000_000
OTHER_BYTES = 4_000_000  # Epochs, and what was said while the data was fetched.
STEP_BYTES = 100  # Of a step that has a line to itself.


class Reader:
    """Reads a run's file from where it stopped the last time, so that a live run costs only what is new."""

    def __init__(self, path: Path):
        self.path = path
        self.record: Record | None = None
        self._offset = 0
        self._header = b""
        self._seen: Stamp = ()

    def read(self) -> Record | None:
        """The record as of now; None while the file has no header, or is none of a run; OSError when there is none."""
        try:
            with open_plain(self.path, MOST_FILE_BYTES) as file:
                self._read_on(file)
        except NotPlain:
            self.record = None
        return self.record

    def _read_on(self, file: BinaryIO) -> None:
        header, now = file.readline(MOST_HEADER_BYTES), stamp(os.fstat(file.fileno()))
        if header != self._header or not has_grown(self._seen, now):
            self._header, self._offset, self.record = header, 0, None  # Another file, or one changed in its midst.
        self._seen = now
        file.seek(self._offset)
        for line, end in read_lines(file):
            self._offset = end
            self._take(line)
            if self.record and now[0] > count_most_bytes(self.record.run):
                self.record = None
                return

    def _take(self, line: bytes) -> None:
        if self.record:
            self.record.apply_line(line)
            return
        try:
            self.record = read_header(json.loads(line))
        except DAMAGE:
            pass  # A torn or damaged line: the rest of the file is still worth reading.


def has_grown(before: Stamp, now: Stamp) -> bool:
    """Whether it is the same file, as it was or with more at its end."""
    return before == now or bool(before) and before[2] == now[2] and before[0] < now[0]


def read_lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """The lines that end, from here on, each with the place after it; one that is too long is empty."""
    end, whole = file.tell(), True
    while line := file.readline(MOST_LINE_BYTES):
        end += len(line)
        if line.endswith(b"\n"):
            yield line[:-1] if whole else b"", end
        elif len(line) < MOST_LINE_BYTES:
            return
        whole = line.endswith(b"\n")


def count_most_bytes(run: Run) -> int:
    """The most that the run's file can have."""
    return min(MOST_FILE_BYTES, OTHER_BYTES + STEP_BYTES * run.steps)
