"""A dataset that is made on the spot as a file of PyTorch's, for scripts that are taken away.

`python -m tricks.training.images_file toy FILE` writes it.
"""

import sys
from pathlib import Path

import torch

from tricks.training.datasets import LOADERS, finish


def write_images(name: str, path: Path) -> None:
    """Writes all images and labels of the dataset, by the names of its fields (OSError)."""
    torch.save(vars(finish(LOADERS[name](path.parent))), path)


if __name__ == "__main__":
    write_images(sys.argv[1], Path(sys.argv[2]))
