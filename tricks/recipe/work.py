"""How much a training asks of a device, and how long that takes.

A device multiplies, reads and writes, and spends a moment on each operation that it is told, however small: of single
images and small networks these moments are nearly all. One number tells how fast it multiplies, another how long the
moment is; what else there is takes as long as so many products, which was measured on a processor for all that the
catalogue has.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.layers import Layer
from tricks.recipe.network import Block, count_flops, count_parameters, count_widest, describe_network
from tricks.recipe.recipe import Recipe

VALUE_PRODUCTS = 140  # As long as the change of one number between two layers takes, forward and back.
SLOW_ACTIVATIONS = {"mish": 4, "elu": 2, "celu": 2}  # Times as long as others.
PARAMETER_PRODUCTS = 320  # As long as an optimiser takes for one parameter.
OPTIMIZER_OPERATIONS = 2  # For each layer that has parameters.
FORWARD = 1 / 3  # Of a training step: an evaluation goes no way back.
UNTIMED = ("conv", "dense", "flatten")  # Their products say it all.


@dataclass(frozen=True, kw_only=True)
class Work:
    """So many products, and so many operations."""

    products: float
    operations: float


@dataclass(frozen=True, kw_only=True)
class Speed:
    """The seconds that a device takes for a product and for an operation, on one thread.

    `slower` is how many times as long products take in another precision.
    """

    product_seconds: float
    operation_seconds: float
    slower: Mapping[str, float] = field(default_factory=dict)

    def expect(self, recipe: Recipe) -> float:
        """The seconds of an epoch."""
        work = count_epoch_work(recipe)
        slower = self.slower.get(recipe.precision, 1.0)
        return work.products * self.product_seconds * slower + work.operations * self.operation_seconds


TYPICAL = Speed(product_seconds=9.6e-12, operation_seconds=4.8e-5)  # Of one core; the two make a shape, at any speed.


def count_epoch_products(recipe: Recipe) -> float:
    """The products of an epoch."""
    return count_passes(recipe) * count_flops(describe_network(recipe)) * recipe.train_images


def count_passes(recipe: Recipe) -> int:
    """How often a step goes through the network, forward and back."""
    return 2 if recipe.sharpness else 1


def count_epoch_work(recipe: Recipe) -> Work:
    """All that an epoch of the recipe asks for, its evaluation included."""
    learning, network = count_learning_work(recipe), describe_network(recipe)
    images = DATASETS[recipe.dataset].test_images * (2 if recipe.test_flip else 1)
    evaluation = FORWARD * count_image_products(network) * images
    return Work(products=learning.products + evaluation, operations=learning.operations)


def count_learning_work(recipe: Recipe) -> Work:
    """What the steps of an epoch ask for."""
    network = describe_network(recipe)
    layers = [layer for block in network for layer in block.layers]
    passes, steps = count_passes(recipe), recipe.steps_per_epoch
    with_parameters = sum(layer.parameters > 0 for layer in layers)
    images, parameters = recipe.train_images, count_parameters(network)
    return Work(
        products=passes * count_image_products(network) * images + steps * PARAMETER_PRODUCTS * parameters,
        operations=steps * (passes * len(layers) + OPTIMIZER_OPERATIONS * with_parameters),
    )


def count_image_products(network: Sequence[Block]) -> float:
    """The products of a step for one image, and what takes as long as products."""
    layers = [layer for block in network for layer in block.layers]
    values = math.prod(layers[0].input_shape) + sum(map(count_values, layers))
    return count_flops(network) + VALUE_PRODUCTS * values


def count_values(layer: Layer) -> float:
    """The numbers that a layer without products reads and writes, as many times as it takes longer than others."""
    if layer.kind in UNTIMED:
        return 0
    return SLOW_ACTIVATIONS.get(layer.option, 1) * (math.prod(layer.input_shape) + math.prod(layer.output_shape))


def count_times_wider(recipe: Recipe) -> int:
    """How many times as large the largest output of a layer is as the baseline's, which is no less than once."""
    usual, widest = (count_widest(describe_network(each)) for each in (Recipe(), recipe))
    return max(1, math.ceil(widest / usual))
