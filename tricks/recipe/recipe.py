"""Every training trick, declared once.

A `Recipe` is one frozen value with one field per trick. Widgets, command-line settings, links, cache keys, labels and
the tests' walk over the catalogue are all derived from these fields: a new trick is one field here and one line where
it acts. The default of every field is the baseline of the 2021 blog post, and means "off" for a trick.
"""

import dataclasses
import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tricks.catalogue.trick import Trick, Value, short_repr, trick

VERSION = 1  # Raised by hand when the same recipe and seed give other numbers; part of every key.

STAGES = {
    "model": "Network",
    "data": "Data",
    "loss": "Loss",
    "optimizer": "Optimiser",
    "speed": "Speed",
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides a training but the seed. Values are checked on construction (ValueError, one sentence)."""

    dense_width: int = trick(
        64,
        title="Dense width",
        why="Units of the first hidden dense layer. More units can tell more patterns apart, and can learn the"
        " training images by heart.",
        stage="model",
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
        stage="model",
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
        stage="model",
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
        stage="model",
        recommended="residual",
        choices=("conv", "double", "residual"),
        headline=True,
        phrase="{} blocks",
        paper="He et al. 2015, https://arxiv.org/abs/1512.03385",
    )
    grad_clip: float = trick(
        0.0,
        title="Gradient clipping",
        why="Shortens the gradient to this length when it is longer, so that one strange batch cannot throw the"
        " weights far off. 0 is off.",
        stage="optimizer",
        recommended=1.0,
        maximum=1000,
        picks=(0.0, 0.5, 1.0, 5.0),
        headline=True,
        phrase="gradient clipping {}",
        paper="Pascanu et al. 2012, https://arxiv.org/abs/1211.5063",
    )
    batch_size: int = trick(
        64,
        title="Batch size",
        why="Images per optimiser step. Twice the batch is half the steps, each with a less noisy gradient: with the"
        " same learning rate the weights travel less.",
        stage="data",
        recommended=128,
        minimum=1,
        maximum=50_000,
        picks=(32, 64, 128, 256),
        headline=True,
        phrase="batch {}",
        paper="Masters & Luschi 2018, https://arxiv.org/abs/1804.07612",
    )
    activation: str = trick(
        "relu",
        title="Activation",
        why="The bend after each layer. The smooth ones let a little gradient through where ReLU lets none.",
        stage="model",
        recommended="gelu",
        choices=("relu", "leaky-relu", "elu", "gelu", "silu"),
        phrase="{}",
        paper="Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415",
    )
    conv_width: float = trick(
        1.0,
        title="Convolution width",
        why="Multiplies the channels of all convolutions (32, 64, 64): the costliest and often the surest way to a"
        " better network.",
        stage="model",
        recommended=2.0,
        minimum=0.125,
        maximum=8,
        picks=(0.5, 1.0, 2.0, 4.0),
        phrase="convolutions x{}",
        paper="Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146",
    )
    conv_dropout: float = trick(
        0.0,
        title="Dropout, convolutions",
        why="Switches off whole channels at random after each stage while training, so that none is relied on alone."
        " 0 is off.",
        stage="model",
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
        stage="model",
        recommended=0.2,
        maximum=0.9,
        picks=(0.0, 0.2, 0.5),
        phrase="dense dropout {}",
        paper="Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html",
    )
    init: str = trick(
        "default",
        title="Weight init",
        why="How the first random weights are drawn: PyTorch's way, or Kaiming's, which keeps the signal's size from"
        " layer to layer under ReLU.",
        stage="model",
        recommended="kaiming",
        choices=("default", "kaiming"),
        phrase="{} init",
        paper="He et al. 2015, https://arxiv.org/abs/1502.01852",
    )
    normalize: bool = trick(
        False,
        title="Normalise inputs",
        why="Shifts and scales the colours to mean 0 and deviation 1 over the training images, so that the first"
        " layer starts well placed.",
        stage="data",
        recommended=True,
        phrase="normalised inputs",
        paper="LeCun et al. 1998, Efficient BackProp, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf",
    )
    flip: bool = trick(
        False,
        title="Flip",
        why="Mirrors every training image left to right with probability one half: a horse stays a horse, and the"
        " network sees twice the data.",
        stage="data",
        recommended=True,
        phrase="flip",
        paper="Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Neural Networks",
    )
    crop_padding: int = trick(
        0,
        title="Crop padding",
        why="Adds a black border of this many pixels and cuts a random 32x32 window out, so that nothing is learned by"
        " its exact place. 0 is off.",
        stage="data",
        recommended=2,
        maximum=16,
        picks=(0, 2, 4),
        phrase="crop padding {}",
        paper="He et al. 2015, https://arxiv.org/abs/1512.03385",
    )
    label_smoothing: float = trick(
        0.0,
        title="Label smoothing",
        why="Asks for a little less than certainty: this share of the target is spread over all ten classes. 0 is"
        " off; on small nets trained briefly it may bring nothing.",
        stage="loss",
        recommended=0.1,
        maximum=0.9,
        picks=(0.0, 0.05, 0.1, 0.2),
        phrase="label smoothing {}",
        paper="Szegedy et al. 2015, https://arxiv.org/abs/1512.00567",
    )
    optimizer: str = trick(
        "adam",
        title="Optimiser",
        why="The rule that turns gradients into steps. SGD here has Nesterov momentum 0.9; AdamW differs from Adam"
        " only when there is weight decay.",
        stage="optimizer",
        recommended="sgd",
        choices=("adam", "adamw", "sgd"),
        phrase="{}",
        paper="Kingma & Ba 2014, https://arxiv.org/abs/1412.6980",
    )
    learning_rate: float = trick(
        1e-3,
        title="Learning rate",
        why="The length of a step, and the setting that matters most: compare nothing before it is right for both"
        " sides.",
        stage="optimizer",
        recommended=2e-3,
        minimum=1e-6,
        maximum=10,
        picks=(3e-4, 1e-3, 2e-3, 3e-3, 1e-2, 5e-2),
        phrase="learning rate {}",
        paper="Smith 2015, https://arxiv.org/abs/1506.01186",
    )
    schedule: str = trick(
        "constant",
        title="Schedule",
        why="How the learning rate moves: constant; times 0.8 each epoch; a cosine down to zero; or one cycle, up for"
        " the first quarter and then down to zero.",
        stage="optimizer",
        recommended="one-cycle",
        choices=("constant", "exponential", "cosine", "one-cycle"),
        phrase="{} schedule",
        paper="Smith & Topin 2017, https://arxiv.org/abs/1708.07120",
    )
    weight_decay: float = trick(
        0.0,
        title="Weight decay",
        why="Pulls every weight a little towards zero at each step, in favour of simpler functions. 0 is off.",
        stage="optimizer",
        recommended=1e-4,
        maximum=1,
        picks=(0.0, 1e-4, 5e-4, 1e-2),
        phrase="weight decay {}",
        paper="Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101",
    )
    epochs: int = trick(
        10,
        title="Epochs",
        why="How often every training image is seen. Many tricks only pay off in longer trainings; recipes of"
        " different length are different recipes.",
        stage="optimizer",
        recommended=20,
        minimum=1,
        maximum=200,
        picks=(1, 5, 10, 20, 40),
        phrase="{} epochs",
        paper="Hoffer et al. 2017, Train longer, generalize better, https://arxiv.org/abs/1705.08741",
    )
    precision: str = trick(
        "float32",
        title="Precision",
        why="The number format of the arithmetic: strict float32; tf32, which rounds the inputs of products on NVIDIA"
        " GPUs; or bfloat16, faster on processors that know it.",
        stage="speed",
        recommended="bfloat16",
        choices=("float32", "tf32", "bfloat16"),
        phrase="{}",
        paper="Micikevicius et al. 2017, https://arxiv.org/abs/1710.03740",
    )
    dataset: str = "cifar10"  # What is learned: not a trick, but two datasets are never the same recipe.

    def __new__(cls, **values: Value):
        """Refuses a wrong name with a sentence, before Python's own TypeError."""
        for name in values:
            if name != "dataset":
                find_trick(name)
        return super().__new__(cls)

    def __post_init__(self):
        for name, description in TRICKS.items():
            object.__setattr__(self, name, description.check(getattr(self, name)))
        if not isinstance(self.dataset, str) or self.dataset not in DATASETS:
            raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, not {short_repr(self.dataset)}")
        images = DATASETS[self.dataset].train_images
        if self.batch_size > images:
            raise ValueError(
                f"batch_size must be at most {images}, the training images of {self.dataset}, not {self.batch_size}"
            )

    @cached_property
    def values(self) -> dict[str, Value]:
        """The tricks that differ from the baseline, by name, in the catalogue's order."""
        return {name: getattr(self, name) for name in TRICKS if getattr(self, name) != TRICKS[name].default}

    @cached_property
    def label(self) -> str:
        """A name for people: what differs from the baseline, in words."""
        words = " + ".join(TRICKS[name].say(value) for name, value in self.values.items()) or "baseline"
        return words if self.dataset == "cifar10" else f"{words} ({self.dataset})"

    @cached_property
    def key(self) -> str:
        """A name for files: readable, then a hash of the differing values, the dataset and VERSION."""
        identity = {"values": self.values, "dataset": self.dataset, "version": VERSION}
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]
        words = [f"{name}={TRICKS[name].write(value)}" for name, value in self.values.items()] or ["baseline"]
        return ",".join([self.dataset, *words])[:80].rstrip(",") + "-" + digest


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset before it is read."""

    title: str
    train_images: int
    test_images: int


DATASETS = {
    "cifar10": DatasetInfo(title="CIFAR-10", train_images=50_000, test_images=10_000),
    "toy": DatasetInfo(title="Toy set (made, not downloaded)", train_images=2_000, test_images=500),
}

TRICKS: dict[str, Trick] = {
    field.name: Trick(name=field.name, **field.metadata["trick"])
    for field in dataclasses.fields(Recipe)
    if "trick" in field.metadata
}


RECOMMENDED_LEARNING_RATE = {"adam": 1e-3, "adamw": 1e-3, "sgd": 5e-2}


def find_trick(name: str) -> Trick:
    """The trick with this name; a ValueError suggests the nearest one."""
    if name in TRICKS:
        return TRICKS[name]
    near = difflib.get_close_matches(name, TRICKS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the tricks are {', '.join(TRICKS)}"
    raise ValueError(f"there is no trick {short_repr(name)}: {hint}")


def parse_values(texts: Mapping[str, str]) -> dict[str, Value]:
    """Values from their texts, as links and `--set` write them."""
    return {name: find_trick(name).parse(text) for name, text in texts.items()}


def recommend_learning_rate(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values, with the optimiser's recommended learning rate where an optimiser is chosen without one."""
    if "optimizer" not in values or "learning_rate" in values:
        return dict(values)
    return {**values, "learning_rate": RECOMMENDED_LEARNING_RATE[values["optimizer"]]}


def write_link(recipe: Recipe) -> dict[str, str]:
    """The query parameters that carry the whole recipe."""
    dataset = {} if recipe.dataset == "cifar10" else {"dataset": recipe.dataset}
    return dataset | {name: TRICKS[name].write(value) for name, value in recipe.values.items()}


def read_link(texts: Mapping[str, str]) -> Recipe:
    """The recipe that a link's query parameters describe (ValueError, one sentence)."""
    names = {name: text for name, text in texts.items() if name != "dataset"}
    return Recipe(dataset=texts.get("dataset", "cifar10"), **parse_values(names))
