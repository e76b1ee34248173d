"""Whitening: a first convolution that takes the images apart into what they vary in, and is not trained.

Page 2019, https://myrtle.ai/learn/how-to-train-your-resnet-8-bag-of-tricks/; Jordan 2024,
https://arxiv.org/abs/2404.00498
"""

import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.data import Dataset, build_normalization, to_inputs

IMAGES = 5_000
BIAS_EPOCHS = 3
SMALLEST = 5e-4  # Added to variances, so that what hardly ever varies is not blown up.


@torch.no_grad()
def whiten(recipe: Recipe, model: nn.Module, dataset: Dataset) -> dict[nn.Parameter, int]:
    """Sets and freezes the filters of the first convolution; which weights are trained for how many epochs only."""
    if not recipe.whiten:
        return {}
    convolution = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    images = dataset.train_images[:IMAGES].cpu()  # There the filters are the same for every device.
    filters = find_filters(to_inputs(images, build_normalization(recipe, images.device)), convolution.kernel_size[0])
    count = min(len(filters), len(convolution.weight))
    convolution.weight[:count] = filters[:count].to(convolution.weight.device)
    convolution.weight.requires_grad_(False)
    return {convolution.bias: BIAS_EPOCHS}


def find_filters(inputs: torch.Tensor, kernel: int) -> torch.Tensor:
    """Filters, [2 * 3 * kernel^2, 3, kernel, kernel], whose outputs on the inputs, [images, 3, 32, 32], vary alike and
    are not correlated; those with the largest variance first, each followed by its negative."""
    products = sum(sum_products(part, kernel) for part in inputs.split(500))
    patches = len(inputs) * (inputs.shape[2] - kernel + 1) * (inputs.shape[3] - kernel + 1)
    variances, directions = torch.linalg.eigh(products / patches)  # Ascending; a direction is a column.
    scaled = (directions / (variances + SMALLEST).sqrt()).T.flip(0)  # [3 * kernel^2, 3 * kernel^2]
    largest = scaled.gather(1, scaled.abs().argmax(1, keepdim=True))
    scaled = scaled * largest.sign()  # A direction and its opposite are the same one: which one is a library's matter.
    return torch.stack([scaled, -scaled], 1).view(-1, inputs.shape[1], kernel, kernel).float()


def sum_products(inputs: torch.Tensor, kernel: int) -> torch.Tensor:
    """The products of all pairs of a patch's pixels, summed over all patches: [3 * kernel^2, 3 * kernel^2]."""
    patches = F.unfold(inputs, kernel).transpose(0, 1).flatten(1)  # [3 * kernel^2, images * places]
    return (patches @ patches.T).double()
