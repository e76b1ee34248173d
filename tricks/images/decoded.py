"""CIFAR-10's decoded copy in the data folder: written by the first training, good while the official files are as then.

It has the checksum of each of its tensors, so that one with other labels or images is nobody's. Read here without
PyTorch, and only what is asked for: the copy has 184 MB.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import safetensors

from tricks.settings import DECODED_COPY, OFFICIAL_FILES
from tricks.system.files import Stamp, stamp

ROWS = 5000  # Read at a time to be summed up: 15 MB of images.


def fingerprint(folder: Path) -> dict[str, str]:
    """The stamp of every official file, which changes when a file does."""
    files = sorted((folder / OFFICIAL_FILES).iterdir())
    return {file.name: json.dumps(stamp(file.stat())) for file in files}


def describe_copy(tensors: Mapping[str, np.ndarray]) -> dict[str, str]:
    """The checksums of all tensors of a copy."""
    return dict(item for name, rows in tensors.items() for item in sum_rows(name, rows, len(rows)).items())


def sum_rows(name: str, rows, count: int) -> dict[str, str]:
    """The checksum of the tensor with so many rows, by a name that no official file has."""
    whole = hashlib.sha256()
    for first in range(0, count, ROWS):
        whole.update(np.ascontiguousarray(rows[first : min(first + ROWS, count)]))
    return {f"sha256 of {name}": whole.hexdigest()}


def read_tensor(folder: Path, name: str, places: list[int] | None = None) -> np.ndarray | None:
    """A tensor's rows at these places, or all; None without a copy, if it or the official files have changed."""
    path = folder / DECODED_COPY
    try:
        if not is_whole(path, stamp(path.stat()), name):
            return None
        with safetensors.safe_open(path, framework="numpy") as file:
            if not fingerprint(folder).items() <= file.metadata().items():
                return None
            if places is None:
                return file.get_tensor(name)
            rows = file.get_slice(name)
            return np.concatenate([rows[place : place + 1] for place in places])
    except (OSError, ValueError, TypeError, AttributeError, IndexError, safetensors.SafetensorError):
        return None


@lru_cache(maxsize=8)
def is_whole(path: Path, stamp: Stamp, name: str) -> bool:
    """Whether the tensor has its checksum; the file with this stamp is asked once (OSError, SafetensorError)."""
    with safetensors.safe_open(path, framework="numpy") as file:
        rows = file.get_slice(name)
        return sum_rows(name, rows, rows.get_shape()[0]).items() <= (file.metadata() or {}).items()
