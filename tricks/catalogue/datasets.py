"""The datasets that recipes can be trained on."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset before it is read.

    `image_shape` is (channels, height, width); `mean` and `deviation` are those of each channel over the training
    images, whose pixels go from 0 to 1.
    """

    title: str
    train_images: int
    test_images: int
    image_shape: tuple[int, int, int] = (3, 32, 32)
    classes: int = 10
    mean: tuple[float, ...] = (0.4914, 0.4822, 0.4465)
    deviation: tuple[float, ...] = (0.2470, 0.2435, 0.2616)


# The toy set has CIFAR-10's shapes, and is normalised as if it had its colours too.
DATASETS = {
    "cifar10": DatasetInfo(title="CIFAR-10", train_images=50_000, test_images=10_000),
    "toy": DatasetInfo(title="Toy set", train_images=2_000, test_images=500),
}
