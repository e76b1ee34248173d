"""A processor of four cores, and a training that keeps to some of them."""

from dataclasses import replace

from tests.fakes import FakeEngine
from tricks.engines.engine import Capacity

FOUR_CORES = Capacity(shares=4, alone=4, beside=1)


def train_on_threads(run, checkpoint, threads=0):
    """The fixed measurements on a machine with so many threads."""
    measurements = FakeEngine().train(run, checkpoint)
    yield replace(next(measurements), threads=threads)
    yield from measurements
