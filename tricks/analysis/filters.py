"""The filters of a run's first convolution as its seed drew them, which no file keeps."""

import math

import numpy as np

from tricks.images.draws import TorchDraws
from tricks.recipe.network import describe_network
from tricks.recipe.recipe import TRICKS
from tricks.recipe.run import Run

SLOPE = math.sqrt(5)  # Of the leaky ReLU that PyTorch's convolutions draw their first weights for.


def draw_first_filters(run: Run) -> np.ndarray | None:
    """The filters before the first step, [filters, 3, height, width]; None where they are not PyTorch's usual ones."""
    if run.recipe.init != TRICKS["init"].default or run.recipe.whiten:
        return None
    layer = describe_network(run.recipe)[0].body[0]  # The network's first layer, whose weights are drawn first.
    shape = (layer.output_shape[0], layer.input_shape[0], layer.kernel, layer.kernel)
    deviation = math.sqrt(2 / (1 + SLOPE**2)) / math.sqrt(math.prod(shape[1:]))  # He et al. 2015.
    bound = float(np.float32(math.sqrt(3) * deviation))
    drawn = TorchDraws(run.derive_seed("weights")).even(*shape).astype(float)
    return (drawn * (2 * bound) - bound).astype(np.float32)  # Rounded once, as processors do.
