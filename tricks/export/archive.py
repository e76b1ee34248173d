"""Runs as a ZIP archive, which another host can import."""

import io
import zipfile
from collections.abc import Iterable

from tricks.store.files import FINISHED, PREDICTIONS
from tricks.store.index import Finished
from tricks.store.store import Store
from tricks.store.writer import explain_os_errors

SUFFIXES = (FINISHED, PREDICTIONS)


def write_archive(runs: Iterable[Finished], store: Store) -> bytes:
    """Every run's file, and its predictions where they are kept (StoreError)."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed, explain_os_errors(store.folder):
        for one in runs:
            for path in (store.path(one.run, suffix) for suffix in SUFFIXES):
                if path.exists():
                    packed.write(path, path.name)
    return archive.getvalue()
