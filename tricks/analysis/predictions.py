"""What the seeds of a recipe say of every test image: where they err, by class and by image, and who errs otherwise.

All of it is of the weights after the last epoch, from which the predictions are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import LAST, Comparison, compare
from tricks.stats.interval import Interval, Sample, bonferroni, estimate, pool_prior


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """The classes, [seeds, images], that the finished runs of a recipe give the test images with these `labels`.

    `missing` are the seeds whose predictions are not kept, or are not of these images.
    """

    recipe: Recipe
    seeds: tuple[int, ...]
    classes: np.ndarray
    labels: np.ndarray
    missing: tuple[int, ...] = ()
    count: int = 10  # Of classes that there are.

    @property
    def is_ensemble(self) -> bool:
        """Whether a majority is more than the first seed: of two that differ, that has the last word."""
        return len(self.seeds) > 2

    @cached_property
    def right(self) -> np.ndarray:
        """Which are right, [seeds, images]."""
        return self.classes == self.labels

    @cached_property
    def right_share(self) -> np.ndarray:
        """The share of the seeds that are right, [images]."""
        return self.right.mean(0)

    @cached_property
    def votes(self) -> np.ndarray:
        """How many seeds say so, [images, classes]."""
        cells = np.arange(len(self.labels)) * self.count + self.classes
        return np.bincount(cells.ravel(), minlength=len(self.labels) * self.count).reshape(-1, self.count)

    @cached_property
    def wrong_votes(self) -> np.ndarray:
        """How many seeds say so, where it is wrong, [images, classes]."""
        votes = self.votes.copy()
        votes[np.arange(len(self.labels)), self.labels] = 0
        return votes


def count_confusions(of: Predictions) -> np.ndarray:
    """How often images of a class (row) are taken for another (column), over all seeds: [classes, classes]."""
    pairs = of.labels * of.count + of.classes
    return np.bincount(pairs.ravel(), minlength=of.count**2).reshape(of.count, of.count)


def measure_classes(of: Predictions) -> np.ndarray:
    """Each seed's accuracy on the images of each class, [seeds, classes]."""
    images = np.maximum(np.bincount(of.labels, minlength=of.count), 1)
    return np.stack([np.bincount(of.labels, weights=right, minlength=of.count) for right in of.right]) / images


def sample_classes(*each: Predictions) -> list[list[Sample]]:
    """The accuracies by class of each recipe as samples; how much seeds scatter is learned from all classes of all."""
    measured = [measure_classes(of).T.tolist() for of in each]
    images = np.bincount(each[0].labels, minlength=each[0].count).max()
    prior = pool_prior([values for classes in measured for values in classes], (1 / images) ** 2 / 12)
    return [[Sample(values=tuple(values), prior=prior) for values in classes] for classes in measured]


def estimate_classes(*each: Predictions) -> list[list[Interval]]:
    """The accuracy of each recipe on each class, with its interval."""
    return [[estimate(sample) for sample in samples] for samples in sample_classes(*each)]


def compare_classes(of: Predictions, other: Predictions) -> list[Comparison]:
    """How far the first recipe is ahead of the other on each class, corrected for the number of classes."""
    alpha = bonferroni(of.count)
    return [compare(sides, alpha, LAST) for sides in zip(*sample_classes(of, other), strict=True)]


def vote(of: Predictions) -> np.ndarray:
    """The class that most seeds give each image; of several that are equal, the one that an earlier seed says."""
    most, images = of.votes.max(1), np.arange(len(of.labels))
    chosen = of.classes[-1]
    for classes in of.classes[::-1]:
        chosen = np.where(of.votes[images, classes] == most, classes, chosen)
    return chosen


def measure_vote(of: Predictions) -> float:
    """The accuracy of what most seeds say."""
    return float((vote(of) == of.labels).mean())


def find_wrong(of: Predictions) -> np.ndarray:
    """The images that most seeds get wrong, those first that most do, and in one voice."""
    wrong = np.flatnonzero(of.right_share < 0.5)
    return _sort(wrong, -of.right_share, of.wrong_votes.max(1))


def find_confused(of: Predictions, label: int | None, said: int | None) -> np.ndarray:
    """The images of this label that any seed takes for `said`, those first that most do.

    None is any label, or any other class than the label; with both None, those that most seeds get wrong.
    """
    if label is None and said is None:
        return find_wrong(of)
    votes = of.wrong_votes.max(1) if said is None else of.votes[:, said]
    found = votes > 0
    if label is not None:
        found &= of.labels == label
    elif said is not None:
        found &= of.labels != said
    return _sort(np.flatnonzero(found), votes)


def find_won(of: Predictions, other: Predictions) -> np.ndarray:
    """The images that most seeds of the first get right and most of the other wrong, the clearest first."""
    won = np.flatnonzero((of.right_share > 0.5) & (other.right_share < 0.5))
    return _sort(won, of.right_share - other.right_share)


def expect_won(of: Predictions, other: Predictions) -> float:
    """How many images `find_won` would find if the runs of both were dealt out at random: what luck alone does."""
    own, others = len(of.seeds), len(other.seeds)
    images = np.bincount(np.concatenate([of.right, other.right]).sum(0))  # [runs that are right]
    return float(
        sum(
            count * math.comb(own, won) * math.comb(others, right - won) / math.comb(own + others, right)
            for right, count in enumerate(images)
            for won in range(own // 2 + 1, min(own, right) + 1)
            if right - won < others / 2
        )
    )


def _sort(places: np.ndarray, *most: np.ndarray) -> np.ndarray:
    """The places, the largest first, by the first measure, then by the next."""
    order: Sequence[np.ndarray] = [-measure[places] for measure in reversed(most)]
    return places[np.lexsort(order)]
