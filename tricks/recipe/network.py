"""The layers that a recipe asks for, as plain values.

The page's drawing, the counts and the PyTorch model are all made from this one list, so they cannot disagree, and a
parameter count needs no PyTorch. Layers stand in `layers.py`.
"""

import math
from dataclasses import dataclass

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.layers import (
    Layer,
    Maker,
    Shape,
    activation,
    chain,
    conv,
    dense,
    depthwise,
    dropout,
    flatten,
    global_average,
    norm,
    pool,
    squeeze_excite,
)
from tricks.recipe.recipe import Recipe

STAGE_CHANNELS = (32, 64, 64)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Layers that belong together: `tail` follows the sum of `body` and `shortcut` (empty: there is none)."""

    name: str
    body: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()
    tail: tuple[Layer, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers of the block."""
        return self.body + self.shortcut + self.tail

    @property
    def output_shape(self) -> Shape:
        """What the next block is given."""
        return (self.tail or self.body)[-1].output_shape


def describe_network(recipe: Recipe) -> tuple[Block, ...]:
    """The whole network, three convolutional stages and the dense head."""
    blocks: list[Block] = []
    dataset = DATASETS[recipe.dataset]
    shape: Shape = dataset.image_shape
    for stage, channels in enumerate(STAGE_CHANNELS, start=1):
        width = max(1, round(channels * recipe.conv_width))
        blocks.append(describe_stage(recipe, f"stage{stage}", shape, width))
        shape = blocks[-1].output_shape
    head = [global_average if recipe.head == "average" else flatten]
    for layer in range(recipe.dense_layers):
        head += [dense(recipe.dense_width // 2**layer), activation(recipe.activation), *dropout(recipe.dense_dropout)]
    return (*blocks, Block(name="head", body=chain(shape, *head, dense(dataset.classes))))


def describe_stage(recipe: Recipe, name: str, shape: Shape, width: int) -> Block:
    """One stage, which halves the image: its block's convolutions, then pooling."""
    before = [norm(recipe.norm)] if recipe.batch_norm == "before" else []
    after = [norm(recipe.norm)] if recipe.batch_norm == "after" else []
    activate = [activation(recipe.activation), *after]
    stride = 2 if recipe.pooling == "stride" else 1
    excite = [squeeze_excite] if recipe.squeeze_excite else []
    is_image = shape == DATASETS[recipe.dataset].image_shape
    first = [*convolve(recipe, width, is_image), *before, *activate]
    last = [*convolve(recipe, width, is_image and recipe.block == "conv", stride), *before, *excite]
    finish = [*activate, *pool(recipe.pooling), *dropout(recipe.conv_dropout)]
    match recipe.block:
        case "conv":
            return Block(name=name, body=chain(shape, *last, *finish))
        case "double":
            return Block(name=name, body=chain(shape, *first, *last, *finish))
        case "residual":
            body = chain(shape, *first, *last)
            shortcut = chain(shape, conv(width, kernel=1, stride=stride))
            return Block(name=name, body=body, shortcut=shortcut, tail=chain(body[-1].output_shape, *finish))
    raise ValueError(f"block {recipe.block} has no description")


def convolve(recipe: Recipe, width: int, is_image: bool, stride: int = 1) -> list[Maker]:
    """The recipe's convolution: full, as that of the image always is, or one of each channel and one of each pixel."""
    if recipe.conv_kind == "full" or is_image:
        return [conv(width, recipe.kernel, stride)]
    return [depthwise(recipe.kernel, stride), conv(width, kernel=1)]


def count_parameters(network: tuple[Block, ...]) -> int:
    """Trainable numbers of the network."""
    return sum(layer.parameters for block in network for layer in block.layers)


def count_flops(network: tuple[Block, ...]) -> int:
    """Operations of a forward pass for one image."""
    return sum(layer.flops for block in network for layer in block.layers)


def count_widest(network: tuple[Block, ...]) -> int:
    """Numbers of the largest output that a layer has for one image."""
    return max(math.prod(layer.output_shape) for block in network for layer in block.layers)
