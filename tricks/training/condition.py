"""The conditions of a recipe: fewer training images, or wrong labels among theirs, the same ones for every seed."""

from dataclasses import replace

import torch

from tricks.catalogue.datasets import DATASETS
from tricks.recipe.recipe import Recipe
from tricks.training.data import Dataset

SEED = 2016  # Of all draws here: which images are left or mislabelled is no matter of a run's seed.


def apply_conditions(recipe: Recipe, dataset: Dataset) -> Dataset:
    """The dataset as the recipe's conditions make it; its test images stay what they are."""
    if recipe.train_share < 1:
        chosen = choose_share(dataset.train_labels.cpu(), recipe.train_share).to(dataset.train_labels.device)
        dataset = replace(dataset, train_images=dataset.train_images[chosen], train_labels=dataset.train_labels[chosen])
    if recipe.label_noise:
        classes = DATASETS[recipe.dataset].classes
        labels = draw_wrong_labels(dataset.train_labels.cpu(), recipe.label_noise, classes)
        dataset = replace(dataset, train_labels=labels.to(dataset.train_labels.device))
    return dataset


def choose_share(labels: torch.Tensor, share: float) -> torch.Tensor:
    """Which images of all, [chosen]: taken at equal steps from class to class, so that each class has its share."""
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SEED))
    by_class = shuffled[labels[shuffled].argsort(stable=True)]
    count = round(len(labels) * share)
    return by_class[(torch.arange(count) + 0.5).mul(len(labels) / count).long()]


def draw_wrong_labels(labels: torch.Tensor, share: float, classes: int) -> torch.Tensor:
    """The labels, of which this share is drawn anew; a class may draw itself."""
    generator = torch.Generator().manual_seed(SEED)
    drawn_anew = torch.randperm(len(labels), generator=generator)[: round(len(labels) * share)]
    labels = labels.clone()
    labels[drawn_anew] = torch.randint(classes, drawn_anew.shape, generator=generator)
    return labels
