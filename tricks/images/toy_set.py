"""The toy set's test images in NumPy, as `training/datasets.make_toy_set` makes them: a few pixels by one brightness
of 255 apart, since logarithms and cosines are another library's."""

from functools import cache

import numpy as np

from tricks.catalogue.datasets import DATASETS
from tricks.images.draws import TorchDraws

SEED = 20210327
COARSE, SIDE = 5, 32  # Pixels of a pattern as it is drawn, and as it is shown.
SHARPNESS = -0.75  # Of the cubic that PyTorch interpolates with.


@cache
def make_toy_test_set() -> tuple[np.ndarray, np.ndarray]:
    """Images, [500, 32, 32, 3] bytes, and labels."""
    toy, draws = DATASETS["toy"], TorchDraws(SEED)
    patterns = enlarge(draws.normal(toy.classes, 3, COARSE, COARSE))  # [10, 3, 32, 32]
    draws.skip(4 * toy.train_images)  # Their labels, shifts and contrasts.
    draws.skip_normal(toy.train_images, 3, SIDE, SIDE)
    count = toy.test_images
    labels, shifts = draws.whole(0, toy.classes, count), draws.whole(-6, 7, count, 2)
    contrast = np.float32(0.2) + np.float32(0.8) * draws.even(count, 1, 1, 1)
    shifted = [np.roll(patterns[label], shift, (1, 2)) for label, shift in zip(labels, shifts, strict=True)]
    noise = draws.normal(count, 3, SIDE, SIDE)
    pixels = 128 + 32 * (contrast * np.stack(shifted) + np.float32(1.5) * noise)
    return np.clip(pixels, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1), labels


def enlarge(patterns: np.ndarray) -> np.ndarray:
    """The patterns, [..., 5, 5], at 32 x 32 pixels, as `torch.nn.functional.interpolate` does with "bicubic"."""
    weights = weigh_pixels()
    return (weights @ patterns @ weights.T).astype(np.float32)


def weigh_pixels() -> np.ndarray:
    """How much each coarse pixel of a row counts for each fine one, [32, 5] (Keys 1981); edges go on beyond."""
    weights = np.zeros((SIDE, COARSE))
    for fine in range(SIDE):
        place = (fine + 0.5) * COARSE / SIDE - 0.5
        first = int(np.floor(place)) - 1
        for coarse in range(first, first + 4):
            weights[fine, min(max(coarse, 0), COARSE - 1)] += weigh(abs(place - coarse))
    return weights


def weigh(distance: float) -> float:
    """The cubic's weight of a pixel at this distance."""
    a, x = SHARPNESS, distance
    if x <= 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a if x < 2 else 0.0
