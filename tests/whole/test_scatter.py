"""What docs/statistics.md says of how the committed runs scatter."""

import itertools
import statistics
from collections.abc import Callable

import pytest

from tests.whole.documents import read_document
from tricks.settings import ROOT
from tricks.store.results import RecipeResults, gather
from tricks.store.store import Store

SEEDS = range(5)
TEXT = " ".join(read_document("statistics").split())
Accuracies = Callable[[RecipeResults], dict[int, float]]


@pytest.fixture(scope="module")
def many_seeds() -> list[RecipeResults]:
    """The recipes of CIFAR-10 that have the first five seeds."""
    known = gather(Store(ROOT / "cache").finished()).values()
    return [one for one in known if one.recipe.dataset == "cifar10" and set(SEEDS) <= set(one.runs)]


def correlate(one: dict[int, float], other: dict[int, float]) -> float:
    """How far equal seeds of two recipes go together."""
    return statistics.correlation([one[seed] for seed in SEEDS], [other[seed] for seed in SEEDS])


def test_equal_seeds_correlate_as_is_said(many_seeds):
    """The mean correlation of equal seeds over all pairs of recipes is, to a tenth, what the text says."""
    settled, last = (
        statistics.mean(correlate(choose(one), choose(other)) for one, other in itertools.combinations(many_seeds, 2))
        for choose in (lambda one: one.settled_accuracies, lambda one: one.accuracies)
    )

    assert f"equal seeds correlate by {settled:.1f} settled, and by {last:.1f} after the last epoch" in TEXT


def test_settled_accuracies_scatter_as_is_said(many_seeds):
    """The median recipe's deviation, settled over after the last epoch, is what the text says, to a twentieth."""
    ratios = [
        statistics.stdev(one.settled_accuracies.values()) / statistics.stdev(one.accuracies.values())
        for one in many_seeds
    ]

    assert f"(the median recipe {round(20 * statistics.median(ratios)) / 20:.2f} times as much)" in TEXT
