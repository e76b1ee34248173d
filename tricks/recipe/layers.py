"""The layers that networks are made of, as plain values, and makers of layers for the shape that they will be given.

Shapes are (channels, height, width) of one image, or (features,) after flattening.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

Shape = tuple[int, ...]

MONOTONE = ("relu", "leaky-relu", "elu", "celu", "squared-relu")  # Activations that keep the largest the largest.


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer; `kernel` is a convolution's or pooling's side, `option` an activation's name or a dropout's share.

    A convolution looks at every `stride`-th pixel; `groups` of its channels see nothing of each other.
    """

    kind: str
    input_shape: Shape
    output_shape: Shape
    kernel: int = 1
    option: str | float = ""
    stride: int = 1
    groups: int = 1

    @property
    def parameters(self) -> int:
        """Trainable numbers, biases included."""
        match self.kind:
            case "conv" | "dense":
                return self.output_shape[0] * (self.input_shape[0] // self.groups * self.kernel**2 + 1)
            case "batch_norm" | "group_norm" | "layer_norm" | "instance_norm":
                return 2 * self.input_shape[0]
            case "squeeze_excite":
                return self.input_shape[0] * (2 * self.squeezed + 1) + self.squeezed
        return 0

    @property
    def flops(self) -> int:
        """Operations of a forward pass for one image, counted as `torch.utils.flop_counter` does: products only."""
        match self.kind:
            case "conv" | "dense":
                return 2 * self.input_shape[0] // self.groups * self.kernel**2 * math.prod(self.output_shape)
            case "squeeze_excite":
                return 4 * self.input_shape[0] * self.squeezed
        return 0

    @property
    def squeezed(self) -> int:
        """To how many numbers a squeeze brings the channels: a sixteenth, as in its paper."""
        return max(1, self.input_shape[0] // 16)


Maker = Callable[[Shape], Layer]


def order_layers(layers: Sequence[Layer]) -> list[tuple[str, Layer]]:
    """The layers as they are computed, with names: pooling before a monotone activation, a quarter of the work.

    A layer is named by its kind and its place in the description, so that the swap renames no weights.
    """
    named = [(f"{layer.kind}{place}", layer) for place, layer in enumerate(layers)]
    for first, second in zip(range(len(named)), range(1, len(named)), strict=False):
        if named[first][1].option in MONOTONE and named[second][1].kind == "max_pool":
            named[first], named[second] = named[second], named[first]
    return named


def chain(shape: Shape, *makers: Maker) -> tuple[Layer, ...]:
    """Layers one after the other, each given the shape that the one before puts out."""
    layers: list[Layer] = []
    for make in makers:
        layers.append(make(layers[-1].output_shape if layers else shape))
    return tuple(layers)


def conv(width: int, kernel: int, stride: int = 1) -> Maker:
    """A convolution that keeps the image's size, or divides it by the stride."""
    return lambda shape: Layer(
        kind="conv",
        input_shape=shape,
        output_shape=divide((width, *shape[1:]), stride),
        kernel=kernel,
        stride=stride,
    )


def depthwise(kernel: int, stride: int) -> Maker:
    """A convolution of each channel by itself."""
    return lambda shape: replace(conv(shape[0], kernel, stride)(shape), groups=shape[0])


def dense(width: int) -> Maker:
    """A dense layer."""
    return lambda shape: Layer(kind="dense", input_shape=shape, output_shape=(width,))


def activation(name: str) -> Maker:
    """An activation."""
    return lambda shape: Layer(kind="activation", input_shape=shape, output_shape=shape, option=name)


def dropout(share: float) -> list[Maker]:
    """A dropout of this share; none at all for 0."""
    if share == 0:
        return []
    return [lambda shape: Layer(kind="dropout", input_shape=shape, output_shape=shape, option=share)]


def norm(kind: str) -> Maker:
    """A norm, with a scale and a shift for each channel."""
    return lambda shape: Layer(kind=f"{kind}_norm", input_shape=shape, output_shape=shape)


def squeeze_excite(shape: Shape) -> Layer:
    """Channels turned up and down by what the whole image has of each."""
    return Layer(kind="squeeze_excite", input_shape=shape, output_shape=shape)


def pool(kind: str) -> list[Maker]:
    """A pooling of every 2x2 pixels to one; none at all where the convolution's own stride halves the image."""
    if kind == "stride":
        return []
    kind = f"{kind}_pool"
    return [lambda shape: Layer(kind=kind, input_shape=shape, output_shape=divide(shape, 2), kernel=2)]


def divide(shape: Shape, stride: int) -> Shape:
    """The shape with every `stride`-th pixel."""
    return shape[0], shape[1] // stride, shape[2] // stride


def global_average(shape: Shape) -> Layer:
    """The mean of every channel."""
    return Layer(kind="global_average", input_shape=shape, output_shape=shape[:1])


def flatten(shape: Shape) -> Layer:
    """All pixels of all channels in a row."""
    return Layer(kind="flatten", input_shape=shape, output_shape=(math.prod(shape),))
