"""The first convolution's filters before the training, as the code that trains makes them."""

import numpy as np
import torch
from torch import nn

from tricks.recipe.picture import switch_off
from tricks.recipe.recipe import Recipe, find_trick
from tricks.training.model import build_model
from tricks.training.pictures.examples import Album
from tricks.training.whitening import whiten


def draw_filters(recipe: Recipe, name: str, draw: int, album: Album) -> dict[str, np.ndarray]:
    """`before` and `after`: the filters, [32, 3, kernel, kernel], without the trick and with it."""
    sides = {"before": switch_off(find_trick(name), recipe), "after": recipe}
    return {side: make_filters(each, draw, album) for side, each in sides.items()} | {"drawn": np.array(True)}


def make_filters(recipe: Recipe, draw: int, album: Album) -> np.ndarray:
    """The filters of the recipe's first convolution; whitening learns them from the album's images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(draw)
        model = build_model(recipe)
    whiten(recipe, model, album.few)
    convolution = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    return convolution.weight.detach().numpy()
