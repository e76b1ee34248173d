"""What seeds say of images, on a few images whose answers can be counted by hand."""

import numpy as np
import pytest

from tricks.analysis.predictions import (
    Predictions,
    compare_classes,
    count_confusions,
    estimate_classes,
    expect_won,
    find_confused,
    find_won,
    find_wrong,
    measure_classes,
    measure_vote,
    vote,
)
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import BETTER, UNCLEAR

LABELS = np.array([0, 0, 1, 1, 2])


def predict(*classes: list[int], labels=LABELS, count: int = 3) -> Predictions:
    return Predictions(
        recipe=Recipe(),
        seeds=tuple(range(len(classes))),
        classes=np.array(classes, np.uint8),
        labels=labels,
        count=count,
    )


def test_confusions_are_counted_over_seeds():
    """A cell has how often images of its row are taken for its column, by any seed."""
    of = predict([0, 1, 1, 1, 2], [0, 1, 1, 2, 0])

    assert [[2, 2, 0], [0, 3, 1], [1, 0, 1]] == count_confusions(of).tolist()


def test_accuracy_by_class():
    """Each seed has an accuracy on the images of each class."""
    of = predict([0, 1, 1, 1, 2], [0, 1, 1, 2, 0])

    assert [[0.5, 1, 1], [0.5, 0.5, 0]] == measure_classes(of).tolist()


def test_the_majority_decides():
    """The ensemble says what most seeds say, and may be better than each of them."""
    of = predict([0, 0, 1, 2, 2], [0, 1, 1, 1, 0], [2, 0, 0, 1, 2])

    assert [0, 0, 1, 1, 2] == vote(of).tolist()
    assert 1.0 == measure_vote(of) > of.right.mean(1).max()


def test_of_equal_votes_the_earlier_seed_s_counts():
    """With as many votes for one class as for another, it is the one that an earlier seed says, whatever its number."""
    of = predict([2, 0, 1, 0, 0], [1, 0, 1, 2, 2], [1, 0, 2, 2, 1], [2, 0, 2, 0, 1])

    assert [2, 0, 1, 0, 1] == vote(of).tolist()


def test_a_single_seed_is_its_own_majority():
    """One seed's majority is what it says."""
    of = predict([2, 0, 1, 0, 0])

    assert of.classes[0].tolist() == vote(of).tolist()


def test_most_seeds_are_more_than_half():
    """Wrong in most seeds is wrong in more than half: those that all get wrong first, of equals the unanimous."""
    of = predict([0, 1, 0, 2, 0], [0, 1, 2, 2, 2], [1, 1, 0, 1, 0], [1, 2, 2, 2, 2])

    assert [1, 2, 3] == find_wrong(of).tolist()


def test_a_cell_has_its_images():
    """The images of a cell are those that any seed takes for its column, first those that most do."""
    of = predict([0, 1, 1, 2, 2], [1, 1, 1, 1, 2], [0, 1, 1, 1, 1])

    assert [1, 0] == find_confused(of, 0, 1).tolist()
    assert [2, 3] == find_confused(of, 1, 1).tolist()
    assert [1, 0, 4] == find_confused(of, None, 1).tolist()
    assert [3] == find_confused(of, 1, None).tolist()
    assert find_wrong(of).tolist() == find_confused(of, None, None).tolist()
    assert [] == find_confused(of, 2, 0).tolist()


def test_an_image_is_won_by_who_is_right_in_most_seeds():
    """One recipe wins an image when most of its seeds are right and most of the other's wrong."""
    one = predict([0, 0, 1, 0, 2], [0, 0, 1, 0, 2], [0, 1, 2, 0, 2])
    other = predict([1, 1, 1, 1, 2], [1, 1, 1, 1, 2], [1, 0, 1, 0, 2])

    assert [0, 1] == find_won(one, other).tolist()
    assert [3] == find_won(other, one).tolist()


def test_luck_alone_wins_images_too():
    """Runs of one recipe that are dealt into two groups win about as many images as is expected; equal runs none."""
    scattered = np.random.default_rng(1).integers(0, 2, (8, 2_000))
    labels = np.zeros(2_000, int)
    halves = predict(*scattered[:4], labels=labels), predict(*scattered[4:], labels=labels)
    same = predict([0, 0, 1, 1, 0]), predict([0, 0, 1, 1, 0])

    assert expect_won(*halves) == pytest.approx(len(find_won(*halves)), rel=0.2)
    assert 0 == expect_won(*same)


@pytest.mark.parametrize(
    ("right", "others", "expected"), [([0], [1], 1 / 2), ([0, 0], [1], 1 / 3), ([0], [1, 1], 1 / 3)]
)
def test_luck_is_counted_exactly(right, others, expected):
    """An image that one side's runs all get right is won by it in as many of the ways to deal as there are."""
    of, other = (predict(*([said] for said in side), labels=np.zeros(1, int)) for side in (right, others))

    assert expected == pytest.approx(expect_won(of, other))


def make_seeds(rng: np.random.Generator, accuracies: list[float], seeds: int) -> Predictions:
    """Seeds with these accuracies on the 200 images of each class."""
    labels = np.repeat(np.arange(len(accuracies)), 200)
    right = rng.random((seeds, len(labels))) < np.array(accuracies)[labels]
    return predict(*np.where(right, labels, (labels + 1) % len(accuracies)), labels=labels, count=len(accuracies))


def test_a_class_that_differs_is_found():
    """Of ten classes the one that differs by far is clear, corrected for all ten, and the others are not ahead."""
    rng = np.random.default_rng(0)
    one, other = make_seeds(rng, [0.95] + [0.6] * 9, 6), make_seeds(rng, [0.5] + [0.6] * 9, 6)

    comparisons = compare_classes(one, other)

    assert BETTER == comparisons[0].verdict
    assert {BETTER} & {each.verdict for each in comparisons[1:]} == set()
    assert {0.005} == {each.alpha for each in comparisons}


def test_classes_tell_each_other_how_much_seeds_scatter():
    """Two seeds are enough for intervals by class, since ten classes scatter alike; a single seed has none."""
    rng = np.random.default_rng(0)
    two, single = make_seeds(rng, [0.6] * 10, 2), make_seeds(rng, [0.6] * 10, 1)

    assert all(interval.low < interval.mean < interval.high for interval in estimate_classes(two)[0])
    assert {None} == {interval.low for interval in estimate_classes(single)[0]}
    assert {UNCLEAR} == {each.verdict for each in compare_classes(two, single)}
