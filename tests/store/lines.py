"""A run's file of any lines, and what a reader says of it."""

from pathlib import Path

from tricks.store.reader import Reader
from tricks.store.record import Record
from tricks.store.writer import write_line


def join_lines(*lines: dict) -> bytes:
    """The lines as a run's file has them."""
    return b"".join(map(write_line, lines))


def read_content(run_file: Path, content: bytes) -> Record | None:
    """What a new reader says of a run's file with this content."""
    run_file.write_bytes(content)
    return Reader(run_file).read()
