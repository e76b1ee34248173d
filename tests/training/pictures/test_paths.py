"""Pictures of weights on their way to a minimum."""

import numpy as np
import pytest

from tests.training.pictures.drawing import draw

pytestmark = pytest.mark.usefixtures("one_thread")


def test_weights_walk_down_the_valley():
    """With the baseline's optimiser and without noise the walk ends nearer to the floor than it began."""
    off = draw("momentum")["off"]

    assert np.linalg.norm(off[-1]) < 0.3 * np.linalg.norm(off[0])
