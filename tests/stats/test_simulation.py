"""Endless peeking finds no difference where there is none, and a real one soon."""

import numpy as np
import pytest

from tests.stats.simulation import FALLS, SCATTERS, call_identical, draw_pool, find_difference, peek_plainly
from tricks.settings import ROOT
from tricks.stats.interval import bonferroni

README = (ROOT / "README.md").read_text()
MOST_WRONG = 0.06  # 5%, and two standard errors of 2,000 sequences.


def test_a_few_sequences_of_equal_recipes():
    """Of 100 pairs of identical recipes, looked at now and then, at most a handful are ever called different."""
    assert call_identical(100, 0.3, 0.0, looks=(2, 3, 5, 10, 20)) <= MOST_WRONG


def test_a_few_sequences_of_different_recipes():
    """A difference of two deviations is found after a handful of seeds."""
    assert find_difference(100) <= 8


def test_the_plain_interval_is_wrong_for_those_who_peek():
    """The plain 95% t-interval calls identical recipes different far too often, as the README says."""
    assert f"| plain 95% t-interval | {peek_plainly(2000):.0%} |" in README


@pytest.mark.slow
@pytest.mark.parametrize("falls", FALLS)
@pytest.mark.parametrize("scatter", SCATTERS)
def test_identical_recipes_are_called_different_in_at_most_one_of_twenty_sequences(scatter, falls):
    """Looked at after every seed, at most 5% of identical recipes are called different, however deviations scatter."""
    wrong = call_identical(2000, scatter, falls)

    assert wrong <= MOST_WRONG
    assert f"{wrong:.1%}" in next(line for line in README.splitlines() if line.startswith(f"| {scatter:g} |"))


@pytest.mark.slow
@pytest.mark.parametrize(("comparisons", "most"), [(1, 8), (21, 14)])
def test_a_difference_of_two_deviations_is_found_soon(comparisons, most):
    """A true difference of 1.5 points at a scatter of 0.7 is found after so many seeds in the median."""
    seeds = find_difference(2000, bonferroni(comparisons))

    assert seeds <= most
    assert f"{seeds:.0f} seeds" in README


def test_the_pool_is_as_described():
    """The simulated pool has twelve other recipes with five to twelve seeds each."""
    runs, degrees = draw_pool(np.random.default_rng(0), 50, 0.009, 0.3, 0.02)

    assert (50, 12) == degrees.shape
    assert {4, 11} == {degrees.min(), degrees.max()}
    assert ((~np.isnan(runs)).sum(axis=2) == degrees + 1).all()
