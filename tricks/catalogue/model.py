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
        paper="Pal 2021, More tricks to improve performance of CIFAR-10 classifier",
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
        paper="Pal 2021, More tricks to improve performance of CIFAR-10 classifier",
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
        paper="He et al. 2015, https://arxiv.org/abs/1512.03385",
    )
    activation: str = trick(
        "relu",
        title="Activation",
        why="The bend after each layer. The smooth ones let a little gradient through where ReLU lets none.",
        recommended="gelu",
        choices=("relu", "leaky-relu", "elu", "gelu", "silu", "celu", "mish", "hardswish", "squared-relu"),
        phrase="{}",
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
        phrase="convolutions x{}",
        left_out="wider convolutions are four times the arithmetic, whatever else is on",
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
        paper="He et al. 2015, https://arxiv.org/abs/1502.01852",
    )
    pooling: str = trick(
        "max",
        title="Pooling",
        why="How each stage halves the image: by the largest of every four pixels, by their mean, or by its last"
        " convolution, which then looks at every second pixel only and needs a quarter of the work.",
        recommended="stride",
        choices=("max", "average", "stride"),
        phrase="{} pooling",
        left_out="it takes the place of another pooling, for a quarter of the arithmetic",
        paper="Springenberg et al. 2014, https://arxiv.org/abs/1412.6806",
    )
    head: str = trick(
        "flatten",
        title="Head",
        why="What the dense layers are given: every pixel of every channel, or each channel's mean over the image,"
        " which forgets where something was and needs a sixteenth of the weights.",
        recommended="average",
        choices=("flatten", "average"),
        phrase="{} head",
        left_out="it takes most of the dense layers' weights away",
        paper="Lin et al. 2013, Network In Network, https://arxiv.org/abs/1312.4400",
    )
    kernel: int = trick(
        3,
        title="Convolution kernel",
        why="The side of the square that a convolution looks at, in pixels. A larger one sees further at once, for 2.8"
        " or 5.4 times the arithmetic; most nets since 2014 rather stack small ones.",
        recommended=5,
        choices=(3, 5, 7),
        phrase="{0}x{0} convolutions",
        left_out="larger convolutions are almost three times the arithmetic, whatever else is on",
        paper="Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556",
    )
    norm: str = trick(
        "batch",
        title="Norm",
        why="What stands in BatchNorm's place and normalises over: the batch; groups of channels of one image; all"
        " channels of one image; or each channel of one image. The last three never look at other images.",
        recommended="group",
        choices=("batch", "group", "layer", "instance"),
        idle_with={"batch_norm": ("none",)},
        needs={"batch_norm": "before"},
        phrase="{} norm",
        left_out="it takes BatchNorm's place",
        paper="Wu & He 2018, https://arxiv.org/abs/1803.08494; Ba et al. 2016, https://arxiv.org/abs/1607.06450;"
        " Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022",
    )
    squeeze_excite: bool = trick(
        False,
        title="Squeeze and excite",
        why="After each stage's convolutions two small dense layers look at every channel's mean, and turn channels up"
        " or down for the image at hand.",
        recommended=True,
        phrase="squeeze and excite",
        paper="Hu et al. 2017, https://arxiv.org/abs/1709.01507",
    )
    conv_kind: str = trick(
        "full",
        title="Convolution kind",
        why="Full, or separable into one that looks at each channel by itself and one that mixes the channels of each"
        " pixel: an eighth of the arithmetic. The first, of three colours, stays full.",
        recommended="separable",
        choices=("full", "separable"),
        phrase="{} convolutions",
        left_out="it is an eighth of the arithmetic",
        paper="Howard et al. 2017, MobileNets, https://arxiv.org/abs/1704.04861",
    )
