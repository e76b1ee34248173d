"""Small networks with weights of their seed, and images for them, for tests that look at layers."""

import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.model import build_model

NARROW = {"conv_width": 0.125, "dense_width": 8}


def build(seed: int = 0, **values) -> nn.Module:
    """A narrow model with weights of its seed, and BatchNorms that do something to every channel."""
    torch.manual_seed(seed)
    model = build_model(Recipe(**NARROW | values))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return model


def draw_images(count: int = 8) -> torch.Tensor:
    """Inputs as a batch has them: floats from 0 to 1."""
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))
