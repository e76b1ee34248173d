"""The layers that a recipe asks for, as plain values.

The page's drawing, the counts and the PyTorch model are all made from this one list, so they cannot disagree, and a
parameter count needs no PyTorch. Shapes are (channels, height, width) of one image, or (features,) after flattening.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.recipe import Recipe

STAGE_CHANNELS = (32, 64, 64)

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer; `kernel` is a convolution's or pooling's side, `option` an activation's name or a dropout's share."""

    kind: str
    input_shape: Shape
    output_shape: Shape
    kernel: int = 1
    option: str | float = ""

    @property
    def parameters(self) -> int:
        """Trainable numbers, biases included."""
        match self.kind:
            case "conv" | "dense":
                return self.output_shape[0] * (self.input_shape[0] * self.kernel**2 + 1)
            case "batch_norm":
                return 2 * self.input_shape[0]
        return 0

    @property
    def flops(self) -> int:
        """Operations of a forward pass for one image, counted as `torch.utils.flop_counter` does: products only."""
        if self.kind not in ("conv", "dense"):
            return 0
        return 2 * self.input_shape[0] * self.kernel**2 * math.prod(self.output_shape)


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


Maker = Callable[[Shape], Layer]  # Makes a layer for the shape that it will be given.


def describe_network(recipe: Recipe) -> tuple[Block, ...]:
    """The whole network, three convolutional stages and the dense head."""
    blocks: list[Block] = []
    dataset = DATASETS[recipe.dataset]
    shape: Shape = dataset.image_shape
    for stage, channels in enumerate(STAGE_CHANNELS, start=1):
        width = max(1, round(channels * recipe.conv_width))
        blocks.append(describe_stage(recipe, f"stage{stage}", shape, width))
        shape = blocks[-1].output_shape
    head = [flatten]
    for layer in range(recipe.dense_layers):
        head += [dense(recipe.dense_width // 2**layer), activation(recipe), *dropout(recipe.dense_dropout)]
    return (*blocks, Block(name="head", body=chain(shape, *head, dense(dataset.classes))))


def describe_stage(recipe: Recipe, name: str, shape: Shape, width: int) -> Block:
    """One stage, which halves the image: its block's convolutions, then pooling."""
    before = [batch_norm] if recipe.batch_norm == "before" else []
    after = [batch_norm] if recipe.batch_norm == "after" else []
    activate = [activation(recipe), *after]
    unit = [conv(width), *before, *activate]
    pool = [max_pool, *dropout(recipe.conv_dropout)]
    match recipe.block:
        case "conv":
            return Block(name=name, body=chain(shape, *unit, *pool))
        case "double":
            return Block(name=name, body=chain(shape, *unit, *unit, *pool))
        case "residual":
            body = chain(shape, *unit, conv(width), *before)
            shortcut = chain(shape, conv(width, kernel=1))
            return Block(name=name, body=body, shortcut=shortcut, tail=chain(body[-1].output_shape, *activate, *pool))
    raise ValueError(f"block {recipe.block} has no description")


def chain(shape: Shape, *makers: Maker) -> tuple[Layer, ...]:
    """Layers one after the other, each given the shape that the one before puts out."""
    layers: list[Layer] = []
    for make in makers:
        layers.append(make(layers[-1].output_shape if layers else shape))
    return tuple(layers)


def conv(width: int, kernel: int = 3) -> Maker:
    """A convolution that keeps the image's size."""
    return lambda shape: Layer(kind="conv", input_shape=shape, output_shape=(width, *shape[1:]), kernel=kernel)


def dense(width: int) -> Maker:
    """A dense layer."""
    return lambda shape: Layer(kind="dense", input_shape=shape, output_shape=(width,))


def activation(recipe: Recipe) -> Maker:
    """The recipe's activation."""
    return lambda shape: Layer(kind="activation", input_shape=shape, output_shape=shape, option=recipe.activation)


def dropout(share: float) -> list[Maker]:
    """A dropout of this share; none at all for 0."""
    if share == 0:
        return []
    return [lambda shape: Layer(kind="dropout", input_shape=shape, output_shape=shape, option=share)]


def batch_norm(shape: Shape) -> Layer:
    """BatchNorm over the channels."""
    return Layer(kind="batch_norm", input_shape=shape, output_shape=shape)


def max_pool(shape: Shape) -> Layer:
    """The largest of every 2x2 pixels."""
    channels, height, width = shape
    return Layer(kind="max_pool", input_shape=shape, output_shape=(channels, height // 2, width // 2), kernel=2)


def flatten(shape: Shape) -> Layer:
    """All pixels of all channels in a row."""
    return Layer(kind="flatten", input_shape=shape, output_shape=(math.prod(shape),))


def count_parameters(network: tuple[Block, ...]) -> int:
    """Trainable numbers of the network."""
    return sum(layer.parameters for block in network for layer in block.layers)


def count_flops(network: tuple[Block, ...]) -> int:
    """Operations of a forward pass for one image."""
    return sum(layer.flops for block in network for layer in block.layers)
