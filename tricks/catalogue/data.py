"""The data: how images reach the network."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="data")


@dataclass(frozen=True, kw_only=True)
class DataTricks:
    """One field a trick; its default is off."""

    batch_size: int = trick(
        64,
        title="Batch size",
        why="Images per optimiser step. Twice the batch is half the steps, each with a less noisy gradient: with the"
        " same learning rate the weights travel less.",
        recommended=128,
        minimum=1,
        maximum=50_000,
        picks=(32, 64, 128, 256),
        headline=True,
        phrase="batch {}",
        paper="Masters & Luschi 2018, https://arxiv.org/abs/1804.07612",
    )
    normalize: bool = trick(
        False,
        title="Normalise inputs",
        why="Shifts and scales the colours to mean 0 and deviation 1 over the training images, so that the first"
        " layer starts well placed.",
        recommended=True,
        phrase="normalised inputs",
        paper="LeCun et al. 1998, Efficient BackProp, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf",
    )
    flip: bool = trick(
        False,
        title="Flip",
        why="Mirrors every training image left to right with probability one half: a horse stays a horse, and the"
        " network sees twice the data.",
        recommended=True,
        phrase="flip",
        paper="Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks",
    )
    crop_padding: int = trick(
        0,
        title="Crop padding",
        why="Adds a black border of this many pixels and cuts a random 32x32 window out, so that nothing is learned by"
        " its exact place. 0 is off.",
        recommended=2,
        maximum=16,
        picks=(0, 2, 4),
        phrase="crop padding {}",
        paper="He et al. 2015, https://arxiv.org/abs/1512.03385",
    )
