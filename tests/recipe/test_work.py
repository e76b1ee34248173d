"""How much arithmetic a training is."""

from tricks.recipe.recipe import Recipe
from tricks.recipe.work import count_epoch_products


def test_work_grows_with_images_and_layers():
    """An epoch of the toy set is a 25th of one of CIFAR-10, more layers are more, and so are sharpness-aware steps."""
    assert count_epoch_products(Recipe()) == 25 * count_epoch_products(Recipe(dataset="toy"))
    assert count_epoch_products(Recipe()) < count_epoch_products(Recipe(block="double"))
    assert 2 * count_epoch_products(Recipe()) == count_epoch_products(Recipe(sharpness=0.05))
