"""The network as PyTorch modules; its layers are those that `recipe/network.py` describes."""

import math
from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.layers import Layer, order_layers
from tricks.recipe.network import Block, describe_network
from tricks.recipe.recipe import Recipe


class SquaredReLU(nn.Module):
    """The square of what is above zero. So et al. 2021, https://arxiv.org/abs/2109.08668"""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Any shape."""
        return F.relu(inputs).square()


ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "celu": nn.CELU,
    "mish": nn.Mish,
    "hardswish": nn.Hardswish,
    "squared-relu": SquaredReLU,
}


class Dropout(nn.Module):
    """Switches off units, or whole channels of images, at random while training, as `nn.Dropout` and `nn.Dropout2d` do.

    The draws are the run's own: PyTorch's modules share one generator in a process, which would mix its runs.
    """

    def __init__(self, share: float, generator: torch.Generator | None):
        super().__init__()
        self.share = share
        self.generator = generator

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[batch, features] or [batch, channels, height, width], scaled so that the mean stays."""
        if not self.training:
            return inputs
        kept = torch.empty_like(inputs) if inputs.ndim == 2 else inputs.new_empty(*inputs.shape[:2], 1, 1)
        return inputs * kept.bernoulli_(1 - self.share, generator=self.generator).div_(1 - self.share)


class Pointwise(nn.Conv2d):
    """A convolution of single pixels that picks those of its stride first.

    On the CPU PyTorch's own writes beyond its memory for a stride above 1 and few channels, where these come last.
    """

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[batch, channels, height, width]."""
        rows, columns = self.stride
        if self.stride != (1, 1):
            inputs = inputs[:, :, ::rows, ::columns]
        return F.conv2d(inputs, self.weight, self.bias)


class SqueezeExcite(nn.Module):
    """Turns channels up and down by the means of all. Hu et al. 2017, https://arxiv.org/abs/1709.01507"""

    def __init__(self, channels: int, squeezed: int):
        super().__init__()
        self.squeeze = nn.Linear(channels, squeezed)
        self.excite = nn.Linear(squeezed, channels)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[batch, channels, height, width]."""
        shares = self.excite(F.relu(self.squeeze(inputs.mean((2, 3))))).sigmoid()
        return inputs * shares[:, :, None, None]


class Residual(nn.Module):
    """A block with a shortcut: the sum of its body and its shortcut, then its tail."""

    def __init__(self, body: nn.Sequential, shortcut: nn.Sequential, tail: nn.Sequential):
        super().__init__()
        self.body, self.shortcut, self.tail = body, shortcut, tail

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[batch, *input shape] to [batch, *output shape]."""
        return self.tail(self.body(inputs) + self.shortcut(inputs))


def build_model(recipe: Recipe, dropout: torch.Generator | None = None) -> nn.Module:
    """The recipe's network with fresh weights, drawn from PyTorch's current random state on the CPU.

    Inputs are [batch, 3, 32, 32], outputs logits, [batch, 10]. Dropout draws from the generator `dropout`, which is on
    the device where the model will be; None is PyTorch's own.
    """
    blocks = describe_network(recipe)
    model = nn.Sequential(OrderedDict((block.name, build_block(block, dropout)) for block in blocks))
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            initialize(module, recipe.init)
    return model


def build_block(block: Block, dropout: torch.Generator | None) -> nn.Module:
    """The PyTorch module for one block."""
    body = build_layers(block.body, dropout)
    if not block.shortcut:
        return nn.Sequential(OrderedDict([("body", body)]))
    return Residual(body, build_layers(block.shortcut, dropout), build_layers(block.tail, dropout))


def build_layers(layers: Sequence[Layer], dropout: torch.Generator | None) -> nn.Sequential:
    """The layers in a row, in the order in which they are computed."""
    return nn.Sequential(OrderedDict((name, build_layer(layer, dropout)) for name, layer in order_layers(layers)))


def build_layer(layer: Layer, dropout: torch.Generator | None) -> nn.Module:
    """The PyTorch module for one layer."""
    inputs, outputs = layer.input_shape[0], layer.output_shape[0]
    match layer.kind:
        case "conv":
            make = Pointwise if layer.kernel == 1 < layer.stride else nn.Conv2d
            shape = (inputs, outputs, layer.kernel)
            return make(*shape, stride=layer.stride, padding=layer.kernel // 2, groups=layer.groups)
        case "dense":
            return nn.Linear(inputs, outputs)
        case "batch_norm":
            return nn.BatchNorm2d(inputs)
        case "group_norm":
            return nn.GroupNorm(math.gcd(8, inputs), inputs)
        case "layer_norm":
            return nn.GroupNorm(1, inputs)
        case "instance_norm":
            return nn.GroupNorm(inputs, inputs)
        case "squeeze_excite":
            return SqueezeExcite(inputs, layer.squeezed)
        case "activation":
            return ACTIVATIONS[layer.option]()
        case "max_pool":
            return nn.MaxPool2d(layer.kernel)
        case "average_pool":
            return nn.AvgPool2d(layer.kernel)
        case "global_average":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "dropout":
            return Dropout(layer.option, dropout)
        case "flatten":
            return nn.Flatten()
    raise ValueError(f"layer {layer.kind} has no module")


@torch.no_grad()
def initialize(layer: nn.Conv2d | nn.Linear, init: str) -> None:
    """Draws the layer's weights anew, both ways for ReLU and with biases of zero, or adds the identity to them.

    Adding it is the start of Zagoruyko & Komodakis 2017, https://arxiv.org/abs/1706.00388: alone it would leave most
    filters at zero, where ReLU has no gradient.
    """
    match init:
        case "kaiming":
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        case "orthogonal":
            nn.init.orthogonal_(layer.weight, gain=nn.init.calculate_gain("relu"))
            nn.init.zeros_(layer.bias)
        case "identity" if isinstance(layer, nn.Conv2d):
            layer.weight += nn.init.dirac_(torch.empty_like(layer.weight), groups=layer.groups)
