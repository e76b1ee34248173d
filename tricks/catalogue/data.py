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
        left_out="twice the batch is half the steps in a training of fixed length",
        helps="Larger ones use a GPU better, and want a higher learning rate; smaller ones take more steps in each"
        " epoch.",
        picture="rates",
        paper="Masters & Luschi 2018, https://arxiv.org/abs/1804.07612",
    )
    normalize: bool = trick(
        False,
        title="Normalise inputs",
        why="Shifts and scales the colours to mean 0 and deviation 1 over the training images, so that the first"
        " layer starts well placed.",
        recommended=True,
        phrase="normalised inputs",
        helps="Always worth it: it costs nothing. Where BatchNorm follows the first layer, less is left for it to do.",
        picture="images",
        paper="LeCun et al. 1998, Efficient BackProp, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf",
    )
    flip: bool = trick(
        False,
        title="Flip",
        why="Mirrors every training image left to right with probability one half: a horse stays a horse, and the"
        " network sees twice the data.",
        recommended=True,
        phrase="flip",
        helps="In trainings that see each image often, and where left and right do not matter: not for digits or"
        " letters.",
        picture="images",
        paper="Krizhevsky et al. 2012, https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
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
        helps="In trainings of many epochs, where the same image would be learned by heart; in short ones it makes"
        " learning harder.",
        picture="images",
        paper="He et al. 2015, https://arxiv.org/abs/1512.03385",
    )
    crop_fill: str = trick(
        "black",
        title="Crop filling",
        why="What lies in the border from which windows are cut: black, or the image itself, mirrored at its edge:"
        " nothing that no photo has.",
        recommended="reflect",
        choices=("black", "reflect"),
        idle_with={"crop_padding": (0,)},
        needs={"crop_padding": 2},
        phrase="{} crop filling",
        helps="With any crop: a border that looks like a photo gives the net nothing false to learn. A matter of tenths"
        " of a point.",
        picture="images",
        paper="Jordan 2024, https://arxiv.org/abs/2404.00498",
    )
    cutout: int = trick(
        0,
        title="Cutout",
        why="Hides a square of this many pixels a side at a random place of every training image, so that no single"
        " part of it is relied on. 0 is off.",
        recommended=8,
        choices=(0, 8, 16),
        phrase="cutout {}",
        helps="In long trainings and large nets that learn images by heart; in short ones it mostly slows learning.",
        picture="images",
        paper="DeVries & Taylor 2017, https://arxiv.org/abs/1708.04552",
    )
    color_jitter: float = trick(
        0.0,
        title="Colour jitter",
        why="Changes brightness, contrast and saturation of every training image, each by a random factor up to this"
        " far from 1: a frog is a frog in any light. 0 is off.",
        recommended=0.2,
        choices=(0.0, 0.2, 0.4),
        phrase="colour jitter {}",
        helps="Where test images come in another light than training images. CIFAR-10's hardly do.",
        picture="images",
        paper="Howard 2013, https://arxiv.org/abs/1312.5402",
    )
    mixup: float = trick(
        0.0,
        title="Mixup",
        why="Lays another image of the batch over each one, and mixes their labels in the same proportion, drawn from"
        " Beta(a, a): 0.2 mostly leaves one of the two, 1 takes any share. 0 is off.",
        recommended=0.2,
        choices=(0.0, 0.2, 1.0),
        phrase="mixup {}",
        left_out="it slows learning down, and pays off in longer trainings",
        helps="In long trainings of large nets, and against wrong labels; in short ones the net learns too little from"
        " mixed images.",
        picture="images",
        paper="Zhang et al. 2017, https://arxiv.org/abs/1710.09412",
    )
    cutmix: float = trick(
        0.0,
        title="CutMix",
        why="Pastes a random piece of another image of the batch into each one, and mixes their labels by area. With"
        " mixup as well a fair coin chooses for each batch. 0 is off.",
        recommended=1.0,
        choices=(0.0, 1.0),
        phrase="CutMix {}",
        left_out="it slows learning down, and pays off in longer trainings",
        helps="In long trainings of large nets, more than cutout; in short ones the net learns too little from mixed"
        " images.",
        picture="images",
        paper="Yun et al. 2019, https://arxiv.org/abs/1905.04899",
    )
    whiten: bool = trick(
        False,
        title="Whitening",
        why="Sets the first convolution to the directions in which small pieces of the images vary most, scaled so that"
        " all vary alike, and leaves it so; only its bias learns, for three epochs.",
        recommended=True,
        phrase="whitening",
        left_out="it is another first layer",
        helps="In the shortest trainings: the first layer need not be learned. Records of speed on CIFAR-10 begin with"
        " it.",
        picture="filters",
        paper="Page 2019, https://myrtle.ai/learn/how-to-train-your-resnet-8-bag-of-tricks/; Jordan 2024,"
        " https://arxiv.org/abs/2404.00498",
    )
