"""The layers of `network.py` as a PyTorch module."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import nn

from tricks.recipe.network import Block, Layer, describe_network
from tricks.recipe.recipe import Recipe

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}
MONOTONE = ("relu", "leaky-relu", "elu")


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


class BlockModule(nn.Module):
    """One block: its body plus its shortcut, when there is one, then its tail."""

    def __init__(self, block: Block, dropout: torch.Generator | None):
        super().__init__()
        self.body = build_layers(block.body, dropout)
        self.shortcut = build_layers(block.shortcut, dropout)
        self.tail = build_layers(block.tail, dropout)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[batch, *input shape] to [batch, *output shape]."""
        outputs = self.body(inputs)
        if len(self.shortcut):
            outputs = outputs + self.shortcut(inputs)
        return self.tail(outputs)


def build_model(recipe: Recipe, dropout: torch.Generator | None = None) -> nn.Module:
    """The recipe's network with fresh weights, drawn from PyTorch's current random state on the CPU.

    Inputs are [batch, 3, 32, 32], outputs logits, [batch, 10]. Dropout draws from the generator `dropout`, which is on
    the device where the model will be; None is PyTorch's own.
    """
    blocks = describe_network(recipe)
    model = nn.Sequential(OrderedDict((block.name, BlockModule(block, dropout)) for block in blocks))
    if recipe.init == "kaiming":
        model.apply(initialize_kaiming)
    return model


def build_layers(layers: Sequence[Layer], dropout: torch.Generator | None) -> nn.Sequential:
    """The layers in a row; pooling is done before a monotone activation, which is the same with a quarter of the work.

    A layer is named by its kind and its place in the description, so that the swap renames no weights.
    """
    modules = [(f"{layer.kind}{place}", layer) for place, layer in enumerate(layers)]
    for first, second in zip(range(len(modules)), range(1, len(modules)), strict=False):
        if modules[first][1].option in MONOTONE and modules[second][1].kind == "max_pool":
            modules[first], modules[second] = modules[second], modules[first]
    return nn.Sequential(OrderedDict((name, build_layer(layer, dropout)) for name, layer in modules))


def build_layer(layer: Layer, dropout: torch.Generator | None) -> nn.Module:
    """The PyTorch module for one layer."""
    inputs, outputs = layer.input_shape[0], layer.output_shape[0]
    match layer.kind:
        case "conv":
            return nn.Conv2d(inputs, outputs, layer.kernel, padding=layer.kernel // 2)
        case "dense":
            return nn.Linear(inputs, outputs)
        case "batch_norm":
            return nn.BatchNorm2d(inputs)
        case "activation":
            return ACTIVATIONS[layer.option]()
        case "max_pool":
            return nn.MaxPool2d(layer.kernel)
        case "dropout":
            return Dropout(layer.option, dropout)
        case "flatten":
            return nn.Flatten()
    raise ValueError(f"layer {layer.kind} has no module")


def initialize_kaiming(module: nn.Module) -> None:
    """Kaiming's uniform weights for ReLU, and biases of zero. He et al. 2015, https://arxiv.org/abs/1502.01852"""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
