"""Pictures of a network's first filters."""

import numpy as np
import pytest

from tests.training.pictures.drawing import draw

pytestmark = pytest.mark.usefixtures("one_thread")


def test_whitened_filters_come_in_pairs():
    """Whitening sets every second filter to the negative of the one before."""
    after = draw("whiten")["after"]

    assert np.allclose(after[0::2], -after[1::2])
