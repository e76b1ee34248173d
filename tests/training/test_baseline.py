"""The baseline against a textbook's training loop: off is off."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.training.trainings import first_losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Dataset
from tricks.training.datasets import load_dataset

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def cifar10(cifar10_folder) -> Dataset:
    """CIFAR-10."""
    loading = load_dataset("cifar10", cifar10_folder, torch.device("cpu"))
    while True:
        try:
            next(loading)
        except StopIteration as end:
            return end.value


def textbook_losses(run: Run, dataset: Dataset, count: int) -> list[float]:
    """The first losses of the 2021 post's baseline, written as a textbook would."""
    torch.manual_seed(run.derive_seed("weights"))
    model = nn.Sequential(
        *(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=False, fused=False)
    order = torch.randperm(
        len(dataset.train_images), generator=torch.Generator().manual_seed(run.derive_seed("order", 0))
    )
    losses = []
    for rows in order.split(64)[:count]:
        inputs = (dataset.train_images[rows].permute(0, 3, 1, 2) / 255).contiguous()  # [64, 3, 32, 32]
        loss = F.cross_entropy(model(inputs), dataset.train_labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_baseline_is_textbook(toy_set):
    """The baseline is the post's plain training loop: every trick is off."""
    run = Run(recipe=Recipe(dataset="toy"), seed=0)

    losses = first_losses(run, toy_set, 10)

    assert pytest.approx(textbook_losses(run, toy_set, 10), rel=1e-3) == losses


@pytest.mark.cifar10
def test_baseline_is_textbook_on_cifar10(cifar10):
    """The baseline is the post's plain training loop on CIFAR-10 as well."""
    run = Run(recipe=Recipe(), seed=0)

    losses = first_losses(run, cifar10, 10)

    assert pytest.approx(textbook_losses(run, cifar10, 10), rel=1e-3) == losses
