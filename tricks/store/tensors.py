"""What stands beside a finished run's file, read without PyTorch: its class for every test image, and its weights.

Either may have been deleted to make room, and either may be damaged: then there is none.
"""

import numpy as np
import safetensors

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.run import Run
from tricks.store.files import PREDICTIONS, WEIGHTS
from tricks.store.store import Store
from tricks.system.files import check_plain

MOST_BYTES = {PREDICTIONS: 10_000_000, WEIGHTS: 4_000_000_000}


def read_predictions(store: Store, run: Run) -> np.ndarray | None:
    """The class that the run gives each test image, [images] bytes."""
    dataset = DATASETS[run.recipe.dataset]
    classes = _read(store, run, PREDICTIONS, "classes")
    if classes is None or classes.shape != (dataset.test_images,) or classes.dtype != np.uint8:
        return None
    return classes if classes.max() < dataset.classes else None


def read_first_filters(store: Store, run: Run) -> np.ndarray | None:
    """The weights of the run's first convolution, [filters, 3, height, width]."""
    filters = _read(store, run, WEIGHTS, "stage1.body.conv0.weight")
    usable = filters is not None and filters.ndim == 4 and filters.shape[1] == 3 and np.isfinite(filters).all()
    return filters if usable else None


def _read(store: Store, run: Run, suffix: str, name: str) -> np.ndarray | None:
    path = store.path(run, suffix)
    try:
        check_plain(path, path.stat(), MOST_BYTES[suffix])
        with safetensors.safe_open(path, framework="numpy") as file:
            return file.get_tensor(name)
    except (OSError, ValueError, TypeError, safetensors.SafetensorError):
        return None
