"""Conditions: fewer images, or wrong labels, the same ones for every seed."""

import pytest
import torch

from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.condition import apply_conditions
from tricks.training.data import Dataset


def list_pairs(dataset: Dataset) -> set[tuple[bytes, int]]:
    """The training images, each with its label."""
    images = (image.numpy().tobytes() for image in dataset.train_images)
    return set(zip(images, dataset.train_labels.tolist(), strict=True))


def count_classes(labels: torch.Tensor) -> torch.Tensor:
    """How many images each class has."""
    return labels.bincount(minlength=10)


@pytest.mark.parametrize("share", [share for share in TRICKS["train_share"].choices if share < 1])
def test_a_part_of_the_images_has_the_classes_shares(toy_set, share):
    """A part has as many images as the recipe says, of each class its share, each image once and with its label."""
    recipe = Recipe(dataset="toy", train_share=share)

    part = apply_conditions(recipe, toy_set)
    known = list_pairs(toy_set)

    assert recipe.train_images == len(part.train_labels) == len(list_pairs(part))
    assert (count_classes(part.train_labels) - share * count_classes(toy_set.train_labels)).abs().max() <= 1
    assert list_pairs(part) <= known
    assert part.test_images is toy_set.test_images and part.test_labels is toy_set.test_labels


@pytest.mark.parametrize("share", [share for share in TRICKS["label_noise"].choices if share])
def test_labels_are_drawn_anew(toy_set, share):
    """Nine tenths of the redrawn labels are wrong, spread over all classes, and no image or test label is touched."""
    noisy = apply_conditions(Recipe(dataset="toy", label_noise=share), toy_set)

    wrong = noisy.train_labels != toy_set.train_labels

    assert abs(wrong.float().mean().item() - 0.9 * share) < 0.02
    assert count_classes(noisy.train_labels[wrong]).min() > 0.05 * wrong.sum()
    assert noisy.train_images is toy_set.train_images and noisy.test_labels is toy_set.test_labels


@pytest.mark.parametrize(
    "values", [{"train_share": 0.2}, {"label_noise": 0.2}, {"train_share": 0.5, "label_noise": 0.4}]
)
def test_conditions_are_the_same_for_everybody(toy_set, values):
    """The conditions do not depend on PyTorch's random state, and leave the dataset itself as it was."""
    before = toy_set.train_labels.clone()
    torch.manual_seed(1)
    first = apply_conditions(Recipe(dataset="toy", **values), toy_set)
    torch.manual_seed(2)
    again = apply_conditions(Recipe(dataset="toy", **values), toy_set)

    assert all(torch.equal(one, getattr(again, name)) for name, one in vars(first).items())
    assert torch.equal(before, toy_set.train_labels)


def test_no_condition_is_the_dataset(toy_set):
    """Without conditions the dataset is the one that was given."""
    assert toy_set is apply_conditions(Recipe(dataset="toy"), toy_set)


def test_both_conditions_together(toy_set):
    """With both, the part that is left has its own share of wrong labels."""
    part = apply_conditions(Recipe(dataset="toy", train_share=0.5), toy_set)

    both = apply_conditions(Recipe(dataset="toy", train_share=0.5, label_noise=0.4), toy_set)

    assert torch.equal(part.train_images, both.train_images)
    assert 0.3 < (part.train_labels != both.train_labels).float().mean() < 0.42
