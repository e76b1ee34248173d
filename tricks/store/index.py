"""The finished runs of a cache, each by the first and last line of its file, and the index that keeps these lines.

The index is only a shortcut, which makes 10,000 runs quick to list: a line of it counts while the run's file has the
size and time that it names. New runs are appended, by any process; a deleted index is written again.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tricks.recipe.run import Machine, Run
from tricks.store.record import DAMAGE, OtherVersion, Outcome, read_header, read_outcome, write_header
from tricks.store.writer import replace_file

TAIL_BYTES = 2_000  # More than the last line of a run file ever has.

Stamp = tuple[int, int]  # Size and time of a file, which change when it does.


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A finished run as the index knows it."""

    run: Run
    machine: Machine
    outcome: Outcome


Entries = Mapping[str, tuple[Stamp, Finished]]  # By the file's name.


def read_index(path: Path) -> dict[str, tuple[Stamp, Finished]]:
    """What the index says; of several lines on one file the last counts, and what cannot be read is left out."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    entries = {}
    for line in lines:
        try:
            name, stamp, header, outcome = json.loads(line)
            entries[str(name)] = (tuple(stamp), _finished(header, outcome))
        except DAMAGE:
            continue
    return entries


def add_to_index(path: Path, entries: Entries) -> None:
    """Appends the entries; a cache that cannot be written is read without the shortcut."""
    try:
        with path.open("ab") as file:
            file.write(_write(entries))
    except OSError:
        pass


def replace_index(path: Path, entries: Entries) -> None:
    """Writes the index anew."""
    try:
        replace_file(path, _write(entries))
    except OSError:
        pass


def read_ends(path: Path) -> Finished:
    """A finished run by the first and last line of its file; a ValueError when they are damaged or of another run."""
    with path.open("rb") as file:
        first = file.readline()
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        last = file.read().rstrip(b"\n").split(b"\n")[-1]
    try:
        header, outcome = json.loads(first), json.loads(last)
        kind, finished = outcome.pop("kind"), _finished(header, outcome)
    except OtherVersion:
        raise
    except DAMAGE as error:
        raise ValueError(f"{path.name} is damaged ({error})") from None
    if kind != "outcome" or finished.run.name != path.stem:
        raise ValueError(f"{path.name} is not the file of a finished run of that name")
    return finished


def _write(entries: Entries) -> bytes:
    lines = [
        [name, stamp, write_header(one.run, one.machine, ""), asdict(one.outcome)]
        for name, (stamp, one) in entries.items()
    ]
    # A line that was torn by a full disk ends here and takes no other with it.
    return b"\n" + b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def _finished(header: dict, outcome: dict) -> Finished:
    record = read_header(header)
    return Finished(run=record.run, machine=record.machine, outcome=read_outcome(outcome))
