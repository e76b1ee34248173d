"""The network's layers: what each is, where there is a choice. They belong to the stage of `model.py`."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="model")


@dataclass(frozen=True, kw_only=True)
class LayerTricks:
    """One field a trick; its default is off."""

    pooling: str = trick(
        "max",
        title="Pooling",
        why="How each stage halves the image: by the largest of every four pixels, by their mean, or by its last"
        " convolution, which then looks at every second pixel only and needs a quarter of the work.",
        recommended="stride",
        choices=("max", "average", "stride"),
        phrase="{} pooling",
        left_out="it takes the place of another pooling, for a quarter of the arithmetic",
        helps="Strides save time. Which of the three is more accurate depends on the net; max pooling is the usual one"
        " for small images.",
        picture="network",
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
        helps="When weights should be saved: modern nets all end with it. A net as shallow as this one may miss the"
        " places that it forgets.",
        picture="network",
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
        helps="In shallow nets, where otherwise little of the image is seen at once. Deep ones get there cheaper with"
        " several small ones.",
        picture="network",
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
        phrase="{} norm in BatchNorm's place",
        left_out="it takes BatchNorm's place",
        helps="With batches of few images, where BatchNorm is noisy; with large ones BatchNorm is mostly the better"
        " one.",
        picture="network",
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
        helps="In deep and wide nets, at almost no arithmetic; with few channels there is little to choose between.",
        picture="network",
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
        helps="Where arithmetic or weights are scarce, as on phones. At the same width it costs accuracy, which a wider"
        " net buys back.",
        picture="network",
        paper="Howard et al. 2017, MobileNets, https://arxiv.org/abs/1704.04861",
    )
