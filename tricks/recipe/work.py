"""How much arithmetic a training is, which its time follows roughly."""

from tricks.recipe.network import count_flops, describe_network
from tricks.recipe.recipe import Recipe


def count_epoch_products(recipe: Recipe) -> float:
    """The products of an epoch."""
    passes = 2 if recipe.sharpness else 1
    return passes * count_flops(describe_network(recipe)) * recipe.train_images
