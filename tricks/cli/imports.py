"""`python -m tricks import`: runs of another host, checked, and kept apart from the own ones."""

import re
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from tricks.cli.output import Answer
from tricks.settings import read_path
from tricks.store.imported import import_runs
from tricks.store.store import Store


def add_source(parser: ArgumentParser) -> None:
    """Where the runs are, and whose they are."""
    parser.add_argument(
        "source", type=read_path, metavar="FOLDER-or-ZIP", help="a cache, or what `export --to zip` made"
    )
    about = "what the host is called from now on (default: the name of the folder or archive)"
    parser.add_argument("--name", metavar="NAME", help=about)


def import_files(options: Namespace) -> Answer:
    """Keeps what is right and new, and says on stderr what is refused, and why."""
    origin = name_origin(options.source) if options.name is None else options.name
    report = import_runs(Store(options.cache), options.source, origin)
    for name, reason in report.refused.items():
        print(f"{name} is refused: {reason}", file=sys.stderr)
    words = f"{len(report.new)} new, {len(report.known)} known before, {len(report.refused)} refused"
    lines = [f"runs of {origin}: {words}"]
    return Answer(document={"origin": origin, **asdict(report)}, lines=lines, code=int(bool(report.refused)))


def name_origin(source: Path) -> str:
    """A host's name from that of its folder or archive."""
    return re.sub(r"[^\w.-]+", "-", source.resolve().stem).strip("-.")[:60] or "host"
