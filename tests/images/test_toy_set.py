"""The toy set's test images without PyTorch: those on which the trainings are judged."""

import numpy as np
import torch
import torch.nn.functional as F

from tricks.images.toy_set import enlarge, make_toy_test_set
from tricks.training.datasets import make_toy_set


def test_they_are_the_ones_of_the_training():
    """The labels are the same, and so are the pixels, but for one in ten thousand, which is one brightness apart."""
    images, labels = make_toy_test_set()
    trained = make_toy_set()
    apart = np.abs(trained.test_images.numpy().astype(int) - images)

    assert np.array_equal(trained.test_labels, labels)
    assert images.dtype == np.uint8
    assert apart.max() <= 1
    assert apart.mean() < 1e-4


def test_patterns_are_enlarged_as_pytorch_does():
    """The cubic interpolation is PyTorch's bicubic one."""
    coarse = torch.randn(2, 3, 5, 5, generator=torch.Generator().manual_seed(0))

    assert np.allclose(F.interpolate(coarse, 32, mode="bicubic"), enlarge(coarse.numpy()), atol=1e-5)
