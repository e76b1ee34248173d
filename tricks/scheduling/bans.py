"""Visitors who may not ask for a while, as files of the cache, so that all servers on it agree.

A visitor is named by what tells nobody their cookie. Whoever deletes their cookies is another visitor.
"""

import hashlib
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from tricks.scheduling.kept import forget_kept, write_kept
from tricks.scheduling.limits import LimitExceeded
from tricks.store.fields import read_measured_number
from tricks.store.record import DAMAGE
from tricks.system.files import read_plain

FOLDER = "bans"
MOST_BYTES = 1000


def mask_visitor(visitor: str) -> str:
    """What the operator, and everybody else, may know of a visitor's name."""
    return hashlib.sha256(f"visitor {visitor}".encode()).hexdigest()[:12]


def ban_visitor(folder: Path, masked: str, hours: float) -> bool:
    """Refuses the visitor's requests for so many hours from now, 0 for no longer (ValueError); False where it fails."""
    if not re.fullmatch(r"[0-9a-f]{12}", masked):
        raise ValueError(f"a visitor is named as `queue` does, in 12 digits or letters to f, not {masked!r}")
    if not hours:
        forget_kept(folder / FOLDER / f"{masked}.json")
        return True
    return write_kept(folder / FOLDER / f"{masked}.json", {"until": time.time() + 3600 * hours})


def check_ban(folder: Path, visitor: str) -> None:
    """Refuses a visitor who is banned (LimitExceeded, one sentence)."""
    path = folder / FOLDER / f"{mask_visitor(visitor)}.json"
    try:
        until = read_measured_number(json.loads(read_plain(path, MOST_BYTES))["until"])
    except (OSError, *DAMAGE):
        return
    if time.time() < until:
        shown = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M UTC")
        raise LimitExceeded(f"this host's operator takes no trainings from you until {shown}")
    forget_kept(path)
