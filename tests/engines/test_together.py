"""A device trains as many runs together as pay."""

from collections.abc import Iterator

import pytest
import torch

from tricks.engines.together import measure_together
from tricks.training.streams import Streams


@pytest.mark.parametrize(("most", "expected"), [(1, 1), (2, 2), (4, 4), (100, 8)])
def test_as_many_as_pay(most, expected):
    """Trainings are added while a device that has room for `most` at its full speed is a tenth faster with them."""
    now, together = 0.0, 1

    def begin_one(seed: int) -> Iterator[int]:
        nonlocal together
        together = seed + 1  # The last seed of a try is one less than its number of trainings.
        return work(seed)

    def work(seed: int) -> Iterator[int]:
        nonlocal now
        while True:
            now += 0.01 / min(together, most)
            yield seed

    assert expected == measure_together(begin_one, Streams(torch.device("cpu")), clock=lambda: now)
