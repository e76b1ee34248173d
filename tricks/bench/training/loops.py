"""Ways to train the same network on the same images. Each is built once and then trains slice after slice.

A slice is an epoch over a part of CIFAR-10, shuffled, with every loss recorded and an evaluation over a part
of the test images, in the same proportion as in a whole run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tricks.settings import DECODED_COPY

TEST_SHARE = 5  # Test images are a fifth of the training images, as in CIFAR-10.
BATCH = 64

TrainSlice = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a way is to train: a network of the blog's, on the first `images` training images in the folder `data`."""

    network: str
    precision: str
    data: Path
    images: int
    device: str
    threads: int


def build_ours(task: Task) -> TrainSlice:
    """This code: `train` on tensors that are kept on the device."""
    from tricks.recipe.measurements import Epoch
    from tricks.recipe.presets import find_preset
    from tricks.recipe.recipe import Recipe
    from tricks.recipe.run import Run
    from tricks.training.cifar10 import load_cifar10
    from tricks.training.data import Dataset, move
    from tricks.training.datasets import finish
    from tricks.training.device import open_device, use_threads
    from tricks.training.loop import train

    use_threads(task.threads)
    counts = {"train": task.images, "test": task.images // TEST_SHARE}
    whole = vars(finish(load_cifar10(task.data)))
    parts = {name: part[: counts[name.split("_")[0]]] for name, part in whole.items()}
    dataset = move(Dataset(**parts), open_device(task.device)[0])
    recipe = Recipe(**find_preset(task.network).values, precision=task.precision, epochs=200)
    measurements = train(Run(recipe=recipe, seed=0), dataset)  # CUDA graphs are made in the first slice, once.
    return lambda: next(one for one in measurements if isinstance(one, Epoch))


def build_blog(task: Task) -> TrainSlice:
    """The blog's way: a DataLoader with ToTensor, a plain loop, every loss fetched at once."""
    import torch
    from torch.nn import functional as F

    model, loaders = build_textbook(task.network).to(task.device), build_loaders(task)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def train_slice() -> None:
        losses = []
        model.train()
        for inputs, labels in loaders[0]:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs.to(task.device)), labels.to(task.device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            for inputs, labels in loaders[1]:
                (model(inputs.to(task.device)).argmax(1) == labels.to(task.device)).sum().item()

    return train_slice


def build_lightning(task: Task) -> TrainSlice:
    """PyTorch Lightning's Trainer with the same DataLoader."""
    import lightning
    import torch
    from torch.nn import functional as F

    class Module(lightning.LightningModule):
        """The textbook network with Adam."""

        def __init__(self):
            super().__init__()
            self.model = build_textbook(task.network)

        def training_step(self, batch, _):
            """The loss of a batch."""
            return F.cross_entropy(self.model(batch[0]), batch[1])

        def validation_step(self, batch, _):
            """The right answers of a batch."""
            return (self.model(batch[0]).argmax(1) == batch[1]).sum()

        def configure_optimizers(self):
            """Adam, as everywhere here."""
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    module, loaders = Module(), build_loaders(task)
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    mode = {"float32": "32-true", "bfloat16": "bf16-mixed"}[task.precision]

    kind, _, index = task.device.partition(":")
    device = {"accelerator": "gpu", "devices": [int(index or 0)]} if kind == "cuda" else {"accelerator": "cpu"}

    def train_slice() -> None:
        trainer = lightning.Trainer(max_epochs=1, precision=mode, num_sanity_val_steps=0, **device, **quiet)
        trainer.fit(module, *loaders)

    return train_slice


def build_keras(task: Task) -> TrainSlice:
    """Keras' `model.fit` on arrays, with TensorFlow."""
    import keras
    import safetensors.numpy

    keras.mixed_precision.set_global_policy({"float32": "float32", "bfloat16": "mixed_bfloat16"}[task.precision])
    layers = keras.layers
    inputs = outputs = keras.Input((32, 32, 3))
    for width in (32, 64, 64):
        if task.network == "residual":
            shortcut = layers.Conv2D(width, 1)(outputs)
            outputs = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same")(outputs)))
            outputs = layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same")(outputs))
            outputs = layers.MaxPooling2D()(layers.ReLU()(layers.Add()([outputs, shortcut])))
        else:
            outputs = layers.MaxPooling2D()(layers.Conv2D(width, 3, padding="same", activation="relu")(outputs))
    outputs = layers.Dense(64, activation="relu")(layers.Flatten()(outputs))
    model = keras.Model(inputs, layers.Dense(10, dtype="float32")(outputs))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    whole = safetensors.numpy.load_file(task.data / DECODED_COPY)  # TensorFlow and PyTorch do not share a process.
    counts = {"train": task.images, "test": task.images // TEST_SHARE}
    arrays = [(whole[f"{name}_images"][:count] / 255).astype("float32") for name, count in counts.items()]
    labels = [whole[f"{name}_labels"][:count] for name, count in counts.items()]
    return lambda: model.fit(
        arrays[0],
        labels[0],
        batch_size=BATCH,
        epochs=1,
        validation_data=(arrays[1], labels[1]),
        verbose=0,
    )


WAYS: dict[str, Callable[..., TrainSlice]] = {
    "blog": build_blog,
    "keras": build_keras,
    "lightning": build_lightning,
    "ours": build_ours,
}


def build_loaders(task: Task) -> tuple[Any, Any]:
    """The usual DataLoaders over a part of CIFAR-10."""
    from torch.utils.data import DataLoader, Subset
    from torchvision.datasets import CIFAR10
    from torchvision.transforms import ToTensor

    train, test = (CIFAR10(task.data, train=train, transform=ToTensor()) for train in (True, False))
    return (
        DataLoader(Subset(train, range(task.images)), batch_size=BATCH, shuffle=True),
        DataLoader(Subset(test, range(task.images // TEST_SHARE)), batch_size=BATCH),
    )


def build_textbook(network: str) -> Any:
    """The network as a textbook writes it, with PyTorch's default memory format."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Residual(nn.Module):
        """Two convolutions with BatchNorm and a 1x1 shortcut."""

        def __init__(self, inputs: int, outputs: int):
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())
            self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs))
            self.shortcut = nn.Conv2d(inputs, outputs, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """[batch, channels, height, width] to half the height and width."""
            return F.max_pool2d(F.relu(self.second(self.first(x)) + self.shortcut(x)), 2)

    def stage(inputs: int, outputs: int) -> nn.Module:
        if network == "residual":
            return Residual(inputs, outputs)
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))

    stages = [stage(inputs, outputs) for inputs, outputs in ((3, 32), (32, 64), (64, 64))]
    return nn.Sequential(*stages, nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10))
