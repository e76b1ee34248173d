"""Mixup and CutMix: the shares that are drawn, and what they do to images and labels."""

import numpy as np
import pytest
import torch

from tricks.training.mixing import draw_mixing, mix

BATCH = 4
IMAGES = 4 * 5000


def draw(mixup: float, cutmix: float, images: int = IMAGES) -> tuple[torch.Tensor, torch.Tensor]:
    """Shares and boxes of an epoch."""
    return draw_mixing(mixup, cutmix, images, BATCH, 32, seed=0)


def mix_by_loop(images, labels, shares, boxes):
    """Images and labels, mixed one by one and pixel by pixel."""
    mixed, targets = np.zeros_like(images), np.zeros((len(labels), 10))
    for one in range(len(images)):
        other, (top, bottom, left, right) = (one - 1) % len(images), boxes[one]
        mixed[one] = (1 - shares[one]) * images[one] + shares[one] * images[other]
        mixed[one][:, top:bottom, left:right] = images[other][:, top:bottom, left:right]
        area = (bottom - top) * (right - left) / 32**2
        share = area + (1 - area) * shares[one]
        targets[one, labels[one]] += 1 - share
        targets[one, labels[other]] += share
    return mixed, targets


@pytest.mark.parametrize("mixup, cutmix", [(0.2, 0.0), (1.0, 0.0), (0.0, 1.0), (0.2, 1.0)])
def test_mixing_agrees_with_a_loop(mixup, cutmix):
    """Images and labels are mixed with the one before, as a loop over images in NumPy does it."""
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.rand(24, 3, 32, 32, generator=generator), torch.randint(10, (24,), generator=generator)
    shares, boxes = draw(mixup, cutmix, 24)
    expected, targets = mix_by_loop(images.double().numpy(), labels.numpy(), shares.double().numpy(), boxes.numpy())

    mixed, ours = mix(images.clone(), labels, shares, boxes, 10)

    np.testing.assert_allclose(expected, mixed.numpy(), atol=1e-6)
    np.testing.assert_allclose(targets, ours.numpy(), atol=1e-6)


@pytest.mark.parametrize("alpha, spread", [(0.2, 0.25 / 1.4), (1.0, 1 / 12)])
def test_shares_of_mixup_are_beta_s(alpha, spread):
    """Mixup's shares have the mean and the variance of Beta(a, a), one draw a batch, and there is no box."""
    shares, boxes = draw(alpha, 0.0)
    by_batch = shares.view(-1, BATCH)

    assert torch.equal(by_batch[:, :1].expand_as(by_batch), by_batch)
    assert abs(by_batch[:, 0].mean() - 0.5) < 0.02
    assert abs(by_batch[:, 0].var() - spread) < 0.01
    assert 0 == boxes.count_nonzero()


def test_boxes_of_cutmix_are_its_paper_s():
    """CutMix pastes boxes of any size around any place, of which what hangs over the edge is left out."""
    shares, boxes = draw(0.0, 1.0)
    top, bottom, left, right = boxes[::BATCH].double().unbind(1)
    area = (bottom - top) * (right - left) / 32**2
    whole = (top > 0) & (bottom < 32) & (left > 0) & (right < 32)

    assert 0 == shares.count_nonzero()
    assert torch.equal(boxes.view(-1, BATCH, 4)[:, :1].expand(-1, BATCH, 4), boxes.view(-1, BATCH, 4))
    assert 0 <= boxes.min() and boxes.max() <= 32
    assert torch.equal((bottom - top)[whole], (right - left)[whole])
    assert area.min() < 0.001 and area.max() > 0.8
    assert 0.3 < area.mean() < 0.4  # One half, but for what hangs over.


def test_a_fair_coin_chooses_between_both():
    """With both, half of the batches are mixed and the other half cut."""
    shares, boxes = draw(0.2, 1.0)
    is_cut = boxes[::BATCH].any(1)

    assert 0.45 < (shares[::BATCH] == 0).float().mean() < 0.55
    assert not (is_cut & (shares[::BATCH] > 0)).any()


def test_the_last_batch_has_its_own_draw():
    """A last, smaller batch is mixed as any other."""
    shares, boxes = draw(1.0, 0.0, images=2 * BATCH + 1)

    assert (2 * BATCH + 1, 4) == boxes.shape
    assert 3 == len(set(shares.tolist()))
