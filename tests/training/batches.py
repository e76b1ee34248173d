"""A few images, and batches outside of a training, for tests that look at them."""

from collections.abc import Iterator

import torch

from tricks.recipe.run import Run
from tricks.training.data import Batch, Dataset, build_normalization, cut_batch, draw_epoch


def take_first(dataset: Dataset, count: int) -> Dataset:
    """The first images for training and for the test."""
    return Dataset(**{name: tensor[:count] for name, tensor in vars(dataset).items()})


def cut_batches(dataset: Dataset, run: Run, epoch: int = 0) -> Iterator[Batch]:
    """The batches of an epoch, one after the other."""
    count = len(dataset.train_images)
    draws = draw_epoch(run, epoch, count, run.recipe.batch_size)
    normalization = build_normalization(run.recipe, dataset.train_images.device)
    for rows in torch.arange(count).split(run.recipe.batch_size):
        yield cut_batch(dataset, draws, rows, run.recipe, normalization)
