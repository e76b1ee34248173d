"""The finished runs of a cache, each by the ends of its file and its settled accuracy, and the index that keeps these.

The index is only a shortcut, which makes 10,000 runs quick to list: a line of it counts while the run's file has the
stamp that it names. New runs are appended, by any process; a deleted index is written again, and so is one of
an older format.
"""

import json
import os
import statistics
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tricks.recipe.measurements import Epoch, Machine
from tricks.recipe.run import Run
from tricks.store.lines import write_header
from tricks.store.reader import MOST_FILE_BYTES, count_most_bytes, read_lines
from tricks.store.record import DAMAGE, OtherVersion, Outcome, Record, read_header, read_outcome
from tricks.system.files import Stamp, open_beside_links, open_plain, replace_file

MOST_INDEX_BYTES = 1_000_000_000  # A million runs.
SETTLED_EPOCHS = 3  # The last epochs whose mean is the settled accuracy.


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A finished run as the index knows it; `settled` is None where there is only the accuracy after the last epoch.

    `origin` names the other host that it comes from; it is empty for the own runs.
    """

    run: Run
    machine: Machine
    outcome: Outcome
    settled: float | None = None
    origin: str = ""

    @property
    def settled_accuracy(self) -> float:
        """The mean over the last three epochs; of a short or diverged training the accuracy that its weights have."""
        return self.outcome.test_accuracy if self.settled is None else self.settled


Entries = Mapping[str, tuple[Stamp, Finished]]  # By the file's name.


def read_index(path: Path) -> dict[str, tuple[Stamp, Finished]]:
    """What the index says; of several lines on one file the last counts, and what cannot be read is left out."""
    entries = {}
    try:
        with open_plain(path, MOST_INDEX_BYTES) as file:
            for line, _ in read_lines(file):
                with suppress(*DAMAGE):
                    name, stamp, header, outcome, settled = json.loads(line)
                    entries[str(name)] = (tuple(stamp), _finished(header, outcome, settled))
    except (OSError, ValueError):
        pass
    return entries


def add_to_index(path: Path, entries: Entries) -> None:
    """Appends the entries; a cache that cannot be written is read without the shortcut."""
    try:
        with open(path, "ab", opener=open_beside_links) as file:
            file.write(_write(entries))
    except OSError:
        pass


def replace_index(path: Path, entries: Entries) -> None:
    """Writes the index anew."""
    try:
        replace_file(path, _write(entries))
    except OSError:
        pass


def read_finished(path: Path) -> Finished:
    """A finished run from its file; a ValueError when its ends are damaged or of another run."""
    record = read_course(path)
    finished = Finished(run=record.run, machine=record.machine, outcome=record.outcome)
    return replace(finished, settled=settled_accuracy(record.epochs, finished))


def read_course(path: Path) -> Record:
    """All of a finished run's file but its losses, which are most of it (as `read_finished`)."""
    with open_plain(path, MOST_FILE_BYTES) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            lines = (line for line, _ in read_lines(file) if line)
            record, last = read_header(json.loads(next(lines, b""))), b""
            if size > count_most_bytes(record.run):
                raise ValueError("it is larger than such a run's file can be")
            for line in lines:
                if last and b'"losses"' not in last[:40]:
                    record.apply_line(last)
                last = line
            kind, record.outcome = json.loads(last).pop("kind"), read_outcome(json.loads(last))
        except OtherVersion:
            raise
        except DAMAGE as error:
            raise ValueError(f"{path.name} is damaged ({error})") from None
    if kind != "outcome" or record.run.name != path.stem:
        raise ValueError(f"{path.name} is not the file of a finished run of that name")
    return record


def settled_accuracy(epochs: Sequence[Epoch], finished: Finished) -> float | None:
    """The mean accuracy over the last three epochs; None for a short or diverged training, or a file that lacks one."""
    whole = finished.run.recipe.epochs
    known = {epoch.epoch: epoch.test_accuracy for epoch in epochs if 0 <= epoch.test_accuracy <= 1}
    last = [known[epoch] for epoch in range(whole - SETTLED_EPOCHS + 1, whole + 1) if epoch in known]
    if finished.outcome.diverged or whole <= SETTLED_EPOCHS or len(last) < SETTLED_EPOCHS:
        return None
    return round(statistics.fmean(last), 7)


def _write(entries: Entries) -> bytes:
    lines = [
        [name, stamp, write_header(one.run, one.machine, ""), asdict(one.outcome), one.settled]
        for name, (stamp, one) in entries.items()
    ]
    # A line that was torn by a full disk ends here and takes no other with it.
    return b"\n" + b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def _finished(header: dict, outcome: dict, settled: float | None = None) -> Finished:
    if not (settled is None or isinstance(settled, float | int) and 0 <= settled <= 1):
        raise ValueError("the settled accuracy is not a share")
    record = read_header(header)
    return Finished(run=record.run, machine=record.machine, outcome=read_outcome(outcome), settled=settled)
