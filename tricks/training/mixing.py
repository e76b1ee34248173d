"""Mixup and CutMix: every image of a batch is mixed with another one, and so are their labels.

Both are one thing, a share of the other image at every pixel: everywhere the same for mixup, all or nothing for CutMix.
The other image is the one before in the epoch's random order.
"""

import numpy as np
import torch


def draw_mixing(
    mixup: float, cutmix: float, images: int, batch_size: int, side: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each place in an epoch's order the other image's share outside of a box, [images], and the box, [images, 4]
    (top, bottom, left and right), in which it is all; the same for all of a batch."""
    generator = np.random.default_rng(seed)
    batches = -(-images // batch_size)
    is_cut = generator.random(batches) < (0.5 if mixup else 1.0) if cutmix else np.zeros(batches, dtype=bool)
    blended = 1 - generator.beta(mixup or 1, mixup or 1, batches)
    boxes = draw_boxes(generator, 1 - generator.beta(cutmix or 1, cutmix or 1, batches), side)
    shares, boxes = np.where(is_cut, 0.0, blended), np.where(is_cut[:, None], boxes, 0)
    each = np.arange(images) // batch_size
    return torch.tensor(shares[each], dtype=torch.float32), torch.tensor(boxes[each], dtype=torch.int64)


def draw_boxes(generator: np.random.Generator, shares: np.ndarray, side: int) -> np.ndarray:
    """Boxes, [batches, 4], with these shares of the image's area, before what hangs over its edge is cut off."""
    centres = generator.integers(side, size=(len(shares), 2))
    half = (side * np.sqrt(shares)).astype(int)[:, None] // 2
    low, high = (centres - half).clip(0, side), (centres + half).clip(0, side)
    return np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], axis=1)


def mix(
    inputs: torch.Tensor, labels: torch.Tensor, shares: torch.Tensor, boxes: torch.Tensor, classes: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The mixed images, [batch, 3, side, side], in place, and each class's share of their labels, [batch, classes]."""
    pixels = torch.arange(inputs.shape[-1], device=inputs.device)
    rows = (boxes[:, :1] <= pixels) & (pixels < boxes[:, 1:2])  # [batch, side]
    columns = (boxes[:, 2:3] <= pixels) & (pixels < boxes[:, 3:])
    inside = rows[:, :, None] & columns[:, None, :]
    other = shares[:, None, None].expand(inside.shape).masked_fill(inside, 1.0)  # [batch, side, side]
    targets = to_shares(labels, classes)
    inputs.lerp_(inputs.roll(1, 0), other[:, None])
    return inputs, targets.lerp(targets.roll(1, 0), other.mean((1, 2))[:, None])


def to_shares(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """Labels, [batch], as each class's share of them, [batch, classes]: 1 for the right one."""
    return (labels[:, None] == torch.arange(classes, device=labels.device)).float()
