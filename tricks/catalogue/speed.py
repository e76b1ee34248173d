"""Speed: how exactly, and so how fast, numbers are multiplied."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="speed")


@dataclass(frozen=True, kw_only=True)
class SpeedTricks:
    """One field a trick; its default is off."""

    precision: str = trick(
        "float32",
        title="Precision",
        why="The number format of the arithmetic: strict float32; tf32, which rounds the inputs of products on NVIDIA"
        " GPUs; bfloat16, faster on processors that know it; or float16, for GPUs that do not, with the loss scaled up"
        " so that small gradients are not lost.",
        recommended="bfloat16",
        choices=("float32", "tf32", "bfloat16", "float16"),
        phrase="{}",
        left_out="it is there for the speed",
        helps="For speed, on hardware that knows the format; accuracy mostly stays what it was.",
        no_picture="three digits or seven, a picture looks the same",
        paper="Micikevicius et al. 2017, https://arxiv.org/abs/1710.03740",
    )
