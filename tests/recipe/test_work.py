"""How much arithmetic a training is."""

from tricks.recipe.recipe import Recipe
from tricks.recipe.work import count_epoch_products, count_times_wider


def test_work_grows_with_images_and_layers():
    """An epoch of the toy set is a 25th of one of CIFAR-10, more layers are more, and so are sharpness-aware steps."""
    assert count_epoch_products(Recipe()) == 25 * count_epoch_products(Recipe(dataset="toy"))
    assert count_epoch_products(Recipe()) < count_epoch_products(Recipe(block="double"))
    assert 2 * count_epoch_products(Recipe()) == count_epoch_products(Recipe(sharpness=0.05))


def test_wide_networks_have_larger_outputs():
    """A network is counted as so many times as wide as its widest layer is, and none as less than once."""
    assert [1, 1, 2, 8] == [count_times_wider(Recipe(conv_width=width)) for width in (0.125, 1, 2, 8)]
    assert 1 == count_times_wider(Recipe(dense_width=512, block="residual"))
