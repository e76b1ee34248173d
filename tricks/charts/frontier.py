"""What accuracy costs: the chosen recipes against parameters or seconds, and the ones that no cheaper one equals."""

from collections.abc import Sequence

import pandas as pd

from tricks.charts.compare import ComparedRecipe, name_row, number_columns

COST_COLUMNS = ["label", "color", "shape", "filled", "kind", "cost", "accuracy", "low", "high", "reported"]


def cost_table(entries: Sequence[ComparedRecipe], cost: str) -> pd.DataFrame:
    """Accuracy against parameters or seconds, and the frontier: rows of kind recipe and of kind frontier."""
    rows = []
    for entry in entries:
        if not entry.results:
            continue
        own = entry.accuracy
        reported = entry.reported if cost == "parameters" else None  # The blog tells no seconds.
        numbers = {"accuracy": own.mean, "low": own.low, "high": own.high, "reported": reported}
        rows.append({**name_row(entry, "recipe"), "cost": getattr(entry.results, cost), **numbers})
    frontier = find_frontier([(row["cost"], row["accuracy"]) for row in rows])
    rows += [{"kind": "frontier", "cost": cost, "accuracy": accuracy} for cost, accuracy in frontier]
    return number_columns(rows, COST_COLUMNS)


def find_frontier(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points that no cheaper one equals in accuracy, and the best accuracy at the highest cost."""
    frontier = []
    for cost, accuracy in sorted(points, key=lambda point: (point[0], -point[1])):
        if not frontier or accuracy > frontier[-1][1]:
            frontier.append((cost, accuracy))
    if frontier and (highest := max(cost for cost, _ in points)) > frontier[-1][0]:
        frontier.append((highest, frontier[-1][1]))
    return frontier
