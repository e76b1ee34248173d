"""What accuracy costs, as a table with its frontier."""

import pytest

from tests.charts.entries import RECIPES, enter
from tricks.charts.frontier import COST_COLUMNS, cost_table, find_frontier
from tricks.recipe.recipe import Recipe


def test_costs_have_a_frontier():
    """The frontier rises from the cheapest recipe to the best, and goes on to the highest cost."""
    table = cost_table(list(enter(RECIPES[:3]).values()), "seconds")

    frontier = table[table["kind"] == "frontier"]
    assert [(100, 0.72), (200, pytest.approx(0.742, abs=1e-3)), (300, 0.8)] == list(
        zip(frontier["cost"], frontier["accuracy"], strict=True)
    )
    assert table["reported"].isna().all()
    assert 2 == cost_table(list(enter(RECIPES[:3]).values()), "parameters")["reported"].count()


def test_a_cost_without_runs_is_an_empty_table():
    """A recipe in training costs nothing yet."""
    table = cost_table(list(enter([Recipe(grad_clip=1.0)]).values()), "parameters")

    assert (0, COST_COLUMNS) == (len(table), list(table.columns))


@pytest.mark.parametrize(
    ("points", "frontier"),
    [
        ([], []),
        ([(1, 0.5)], [(1, 0.5)]),
        ([(1, 0.5), (1, 0.7), (2, 0.6)], [(1, 0.7), (2, 0.7)]),
        ([(3, 0.9), (2, 0.5), (1, 0.5)], [(1, 0.5), (3, 0.9)]),
    ],
)
def test_the_frontier_by_hand(points, frontier):
    """A point is on the frontier when no cheaper one is as accurate; equal cost leaves the better one."""
    assert frontier == find_frontier(points)
