"""Comparisons of accuracies that tests make up."""

from tricks.stats.comparison import Comparison, compare
from tricks.stats.interval import Sample, VariancePrior

PRIOR = VariancePrior(degrees=8.0, variance=0.007**2)


def oppose(values, reference, alpha: float = 0.05, prior: VariancePrior = PRIOR) -> Comparison:
    """The comparison of a recipe with these accuracies against one with those."""
    return compare(tuple(Sample(values=tuple(each), prior=prior) for each in (values, reference)), alpha)
