"""A tiny CIFAR-10 in the official form, and a server that gives it away, in place of the internet."""

import hashlib
import http.server
import pickle
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torchvision.datasets import CIFAR10

from tricks.training.cifar10 import load_cifar10
from tricks.training.data import Dataset

BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
META = "batches.meta"
ROWS = np.random.default_rng(0).integers(256, size=(24, 3072), dtype=np.uint8)  # What the tiny official files hold.
LABELS = [number % 10 for number in range(24)]
NOWHERE = "http://127.0.0.1:9"  # Nobody listens there: a network that is down.


def write_archive(folder: Path) -> Path:
    """A tiny cifar-10-python.tar.gz."""
    made = folder / "made" / CIFAR10.base_folder
    made.mkdir(parents=True)
    for place, name in enumerate(BATCHES):
        rows = slice(4 * place, 4 * place + 4)
        (made / name).write_bytes(pickle.dumps({"data": ROWS[rows], "labels": LABELS[rows]}))
    (made / META).write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    path = folder / CIFAR10.filename
    with tarfile.open(path, "w:gz") as tar:
        tar.add(made, CIFAR10.base_folder)
    return path


def publish(archive: Path, address: str) -> dict[str, Any]:
    """What torchvision has to know, so that it takes the archive at the address for CIFAR-10."""
    with tarfile.open(archive) as tar:
        sums = {
            name: hashlib.md5(tar.extractfile(f"{CIFAR10.base_folder}/{name}").read()).hexdigest()
            for name in [*BATCHES, META]
        }
    return {
        "train_list": [[name, sums[name]] for name in BATCHES[:5]],
        "test_list": [[name, sums[name]] for name in BATCHES[5:]],
        "meta": {**CIFAR10.meta, "md5": sums[META]},
        "tgz_md5": hashlib.md5(archive.read_bytes()).hexdigest(),
        "url": f"{address}/{CIFAR10.filename}",
    }


@contextmanager
def serve(content: bytes, size: int, seconds: float = 0.6) -> Iterator[tuple[str, list[str]]]:
    """The address of a server that promises `size` bytes and pauses in the middle, and the downloads it has begun."""
    served: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            if self.headers["Method"] == "HEAD":  # torchvision first looks where redirections lead, in this odd way.
                return
            served.append(self.path)
            self.wfile.write(content[: len(content) // 2])
            threading.Event().wait(seconds)
            self.wfile.write(content[len(content) // 2 :])

        def log_message(self, *_) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", served
        server.shutdown()


def load(folder: Path) -> tuple[list[Any], Dataset]:
    """What a loading says while it is busy, and the dataset that it returns."""
    loading, said = load_cifar10(folder), []
    while True:
        try:
            said.append(next(loading))
        except StopIteration as end:
            return said, end.value


def is_official(dataset: Dataset) -> bool:
    """Whether the dataset is the one of the tiny official files."""
    images = torch.from_numpy(ROWS).view(-1, 3, 32, 32).permute(0, 2, 3, 1)
    return (
        torch.equal(images[:20], dataset.train_images)
        and torch.equal(images[20:], dataset.test_images)
        and LABELS == dataset.train_labels.tolist() + dataset.test_labels.tolist()
    )
