"""The network: what it is built of."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="model")


@dataclass(frozen=True, kw_only=True)
class ModelTricks:
    """One field a trick; its default is off."""

    dense_width: int = trick(
        64,
        title="Dense width",
        why="Units of the first hidden dense layer. More units can tell more patterns apart, and can learn the"
        " training images by heart.",
        recommended=512,
        minimum=8,
        maximum=4096,
        picks=(64, 128, 256, 512),
        headline=True,
        phrase="dense width {}",
        helps="Where the convolutions find more than the dense layers can tell apart. The gain flattens soon, while the"
        " weights go on growing.",
        picture="network",
        paper="Pal 2021, https://sujitpal.blogspot.com/2021/03/more-tricks-to-improve-performance-of.html",
    )
    dense_layers: int = trick(
        1,
        title="Dense layers",
        why="Hidden dense layers after the convolutions, each half as wide as the one before: width 512 with two"
        " layers is 512, then 256.",
        recommended=2,
        minimum=1,
        maximum=4,
        picks=(1, 2, 3),
        headline=True,
        phrase="{} dense layers",
        helps="Rarely after good convolutions: one hidden layer is mostly enough, and every further one is harder to"
        " train.",
        picture="network",
        paper="Pal 2021, https://sujitpal.blogspot.com/2021/03/more-tricks-to-improve-performance-of.html",
    )
    batch_norm: str = trick(
        "none",
        title="BatchNorm",
        why="Normalises every channel over the batch, before or after its ReLU, which lets the network learn faster."
        " Which side is better is still argued about.",
        recommended="before",
        choices=("none", "before", "after"),
        headline=True,
        phrase="BatchNorm {} ReLU",
        helps="In almost every convolutional net: higher learning rates become safe. Less with very small batches,"
        " whose means are noisy.",
        picture="network",
        paper="Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167",
    )
    block: str = trick(
        "conv",
        title="Block",
        why="What each of the three stages is made of: one convolution, two, or two with a 1x1 shortcut around them"
        " (residual). Comparing double with residual shows what the shortcut itself brings.",
        recommended="residual",
        choices=("conv", "double", "residual"),
        headline=True,
        phrase="{} blocks",
        helps="The deeper the net, the more: a shortcut lets gradients pass. In a shallow one, two convolutions alone"
        " bring part of it.",
        picture="network",
        paper="He et al. 2015, https://arxiv.org/abs/1512.03385",
    )
    activation: str = trick(
        "relu",
        title="Activation",
        why="The bend after each layer. The smooth ones let a little gradient through where ReLU lets none.",
        recommended="gelu",
        choices=("relu", "leaky-relu", "elu", "gelu", "silu", "celu", "mish", "hardswish", "squared-relu"),
        phrase="{}",
        helps="A little, mostly in long trainings and deep nets; the smooth ones take somewhat longer to compute.",
        picture="activation",
        paper="Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415",
    )
    conv_width: float = trick(
        1.0,
        title="Convolution width",
        why="Multiplies the channels of all convolutions (32, 64, 64): the costliest and often the surest way to a"
        " better network.",
        recommended=2.0,
        minimum=0.125,
        maximum=8,
        picks=(0.5, 1.0, 2.0, 4.0),
        phrase="conv width x{}",
        left_out="wider convolutions are four times the arithmetic, whatever else is on",
        helps="Nearly always, as long as there are images enough; arithmetic grows with the square.",
        picture="network",
        paper="Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146",
    )
    conv_dropout: float = trick(
        0.0,
        title="Dropout, convolutions",
        why="Switches off whole channels at random after each stage while training, so that none is relied on alone."
        " 0 is off.",
        recommended=0.2,
        maximum=0.9,
        picks=(0.0, 0.1, 0.2, 0.3),
        phrase="conv dropout {}",
        helps="Where the net knows its training images much better than the test images. In short trainings it mostly"
        " slows learning.",
        picture="network",
        paper="Tompson et al. 2014, https://arxiv.org/abs/1411.4280",
    )
    dense_dropout: float = trick(
        0.0,
        title="Dropout, dense",
        why="Switches off hidden dense units at random while training, against learning by heart. 0 is off.",
        recommended=0.2,
        maximum=0.9,
        picks=(0.0, 0.2, 0.5),
        phrase="dense dropout {}",
        helps="With wide dense layers and many epochs, when training accuracy runs ahead. In short trainings it mostly"
        " slows learning.",
        picture="network",
        paper="Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html",
    )
    init: str = trick(
        "default",
        title="Weight init",
        why="How the first random weights are drawn: PyTorch's way; Kaiming's, which keeps the signal's size from layer"
        " to layer under ReLU; at right angles to each other; or PyTorch's plus the identity, so that every convolution"
        " begins by passing its input on.",
        recommended="kaiming",
        choices=("default", "kaiming", "orthogonal", "identity"),
        phrase="{} init",
        helps="In deep nets without norm layers, where signals die or explode on their way. With BatchNorm it matters"
        " little.",
        picture="filters",
        paper="He et al. 2015, https://arxiv.org/abs/1502.01852",
    )
