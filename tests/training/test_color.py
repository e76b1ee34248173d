"""Colour jitter, against torchvision's."""

import torch
from torchvision.transforms.v2.functional import adjust_brightness, adjust_contrast, adjust_saturation

from tricks.training.color import draw_factors, jitter


def test_jitter_agrees_with_torchvision():
    """Every image is what torchvision makes of it: brightness, contrast and saturation, one after the other."""
    generator = torch.Generator().manual_seed(0)
    images, factors = torch.rand(16, 3, 32, 32, generator=generator), draw_factors(0.4, 16, generator)
    expected = []
    for image, (brightness, contrast, saturation) in zip(images, factors.tolist(), strict=True):
        image = adjust_contrast(adjust_brightness(image, brightness), contrast)
        expected.append(adjust_saturation(image, saturation))

    torch.testing.assert_close(torch.stack(expected), jitter(images, factors))


def test_factors_are_near_one():
    """Each image has three factors of its own, evenly up to the strength from 1; at strength 0 nothing changes."""
    factors = draw_factors(0.2, 4000, torch.Generator().manual_seed(0))
    images = torch.rand(4, 3, 32, 32)

    assert 0.8 <= factors.min() < 0.81 < 1.19 < factors.max() <= 1.2
    assert (factors.mean(0) - 1).abs().max() < 0.01
    assert factors.T.corrcoef().fill_diagonal_(0).abs().max() < 0.1
    torch.testing.assert_close(images, jitter(images, torch.ones(4, 3)))
