"""What stands beside a run's file: read where it is whole, and none where it is not."""

import numpy as np
import pytest
import safetensors.numpy

from tests.fakes import RUN
from tricks.store.store import Store
from tricks.store.tensors import read_first_filters, read_predictions

CLASSES = (np.arange(500) % 10).astype(np.uint8)
FILTERS = np.arange(2 * 27, dtype=np.float32).reshape(2, 3, 3, 3)


def keep(store: Store, suffix: str, **tensors: np.ndarray) -> None:
    store.path(RUN, suffix).write_bytes(safetensors.numpy.save(tensors))


def test_predictions_are_read(tmp_path):
    """A finished run's class for every test image is read as it was kept."""
    store = Store(tmp_path)
    keep(store, ".predictions.safetensors", classes=CLASSES)

    assert np.array_equal(CLASSES, read_predictions(store, RUN))


@pytest.mark.parametrize("classes", [CLASSES[:-1], CLASSES + np.uint8(1), CLASSES.astype(np.int64)])
def test_what_cannot_be_a_run_s_predictions_is_none(tmp_path, classes):
    """Too few images, a class that does not exist, another kind of number: none of it is shown as predictions."""
    store = Store(tmp_path)
    keep(store, ".predictions.safetensors", classes=classes)

    assert read_predictions(store, RUN) is None


@pytest.mark.parametrize("content", [b"", b"p", b"\x10" + 30 * b"\0"])
def test_a_damaged_file_is_none(tmp_path, content):
    """Damaged predictions and weights count as none."""
    store = Store(tmp_path)
    for suffix in (".predictions.safetensors", ".weights.safetensors"):
        store.path(RUN, suffix).write_bytes(content)

    assert read_predictions(store, RUN) is None
    assert read_first_filters(store, RUN) is None


def test_first_filters_are_read(tmp_path):
    """The first convolution's weights are read where weights are kept; what is not a number is none."""
    store = Store(tmp_path)

    assert read_first_filters(store, RUN) is None

    keep(store, ".weights.safetensors", **{"stage1.body.conv0.weight": FILTERS})
    assert np.array_equal(FILTERS, read_first_filters(store, RUN))

    keep(store, ".weights.safetensors", **{"stage1.body.conv0.weight": FILTERS * np.nan})
    assert read_first_filters(store, RUN) is None
