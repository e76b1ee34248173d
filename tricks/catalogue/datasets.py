"""The datasets that recipes can be trained on."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset before it is read.

    `image_shape` is (channels, height, width); `class_names` are what the labels mean; `mean` and `deviation` are those
    of each channel over the training images, whose pixels go from 0 to 1.
    """

    title: str
    train_images: int
    test_images: int
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int] = (3, 32, 32)
    mean: tuple[float, ...] = (0.4914, 0.4822, 0.4465)
    deviation: tuple[float, ...] = (0.2470, 0.2435, 0.2616)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)


CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

# The toy set has CIFAR-10's shapes, and is normalised as if it had its colours too.
DATASETS = {
    "cifar10": DatasetInfo(title="CIFAR-10", train_images=50_000, test_images=10_000, class_names=CIFAR10_CLASSES),
    "toy": DatasetInfo(
        title="Toy set",
        train_images=2_000,
        test_images=500,
        class_names=tuple(f"pattern {number}" for number in range(10)),
    ),
}
