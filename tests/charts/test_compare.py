"""The chosen recipes beside their reference, as tables."""

import math

import pytest

from tests.charts.entries import RECIPES, RUNS, enter
from tests.fakes import BASELINE, FLIP
from tricks.analysis.compare import compare_recipes
from tricks.charts.compare import (
    BAR_COLUMNS,
    bar_table,
    compare_all,
    difference_table,
    tabulate,
)
from tricks.recipe.recipe import Recipe
from tricks.stats.interval import bonferroni
from tricks.store.results import gather


def test_standings_keep_the_order_of_the_choice():
    """A recipe's place is where the visitor put it."""
    assert [recipe.key for recipe in reversed(RECIPES)] == list(
        compare_all(gather(RUNS), RECIPES[::-1], BASELINE, comparisons=2)
    )


def test_comparisons_are_corrected_for_their_number():
    """An entry has the comparison with the reference twice: for itself, and corrected for as many as are asked."""
    flip = enter()["flip"]

    results = gather(RUNS)
    corrected = compare_recipes(FLIP, BASELINE, results, alpha=bonferroni(2))
    assert compare_recipes(FLIP, BASELINE, results) == flip.uncorrected == flip.judged(False)
    assert corrected == flip.corrected == flip.judged(True)


@pytest.mark.parametrize("label", ["baseline", "baseline (toy)"])
def test_the_reference_and_other_images_are_not_compared(label):
    """Neither the reference nor a recipe of other images has a comparison."""
    assert (None, None) == (enter()[label].uncorrected, enter()[label].corrected)


def test_a_recipe_in_training_has_an_entry():
    """A recipe without finished runs is shown with no seeds, and nothing is known of it."""
    entry = enter([Recipe(grad_clip=1.0)])["gradient clipping 1"]

    assert ("gradient clipping 1 (N = 0)", 0) == (entry.label, entry.seeds)
    assert (None, None, {}) == (entry.accuracy, entry.images_per_second, entry.accuracies)
    assert 0.728 == entry.reported


def test_the_table_has_all_numbers():
    """A row has accuracy, difference, both intervals, costs, the blog's figure, and what else differs."""
    entries = enter()

    table = tabulate(list(entries.values()), entries["baseline"]).set_index("recipe")

    residual = table.loc["BatchNorm before ReLU + residual blocks"]
    assert (2, 212_714, 300, 0.81, 1) == (
        residual["seeds"],
        residual["parameters"],
        residual["seconds"],
        residual["blog_accuracy"],
        residual["diverged"],
    )
    assert 0.08 == pytest.approx(residual["difference"])
    assert ("settled", 5) == (residual["measure"], residual["reference_seeds"])
    assert "2 tricks at once" in residual["also_differs"]
    assert table.loc["flip"]["corrected_low"] < table.loc["flip"]["low"]
    assert math.isnan(table.loc["baseline"]["difference"])


def test_bars_begin_at_the_reference():
    """Each bar reaches from the reference's mean to the recipe's; a recipe of other images has no such beginning."""
    entries = enter()

    table = bar_table(list(entries.values()), entries["baseline"])

    means = table[table["kind"] == "mean"].set_index("label")
    assert 0.72 == pytest.approx(means.loc["flip (N = 5)"]["reference"])
    assert math.isnan(means.loc["baseline (toy) (N = 1)"]["reference"])
    assert 5 + 5 + 2 + 1 == (table["kind"] == "seed").sum()
    assert 0.705 == means.loc["baseline (N = 5)"]["reported"]


def test_difference_bars_are_in_points():
    """Differences have the interval that is asked for, the single seeds as dots, and the blog's own difference."""
    entries = enter()

    plain = difference_table(list(entries.values()), entries["baseline"], corrected=False)
    corrected = difference_table(list(entries.values()), entries["baseline"], corrected=True)

    residual = plain[plain["label"].str.contains("residual")]
    assert {"flip (5 seeds each)", "BatchNorm before ReLU + residual blocks (2 against 5 seeds)"} == set(plain["label"])
    assert [8.0, 8.0] == pytest.approx(list(residual["value"].dropna()))
    assert 10.5 == pytest.approx(residual["reported"].max())
    assert corrected["low"].min() < plain["low"].min()


@pytest.mark.parametrize("corrected", [False, True])
def test_nothing_to_compare_is_an_empty_table(corrected):
    """Without a recipe beside the reference there are columns and no rows."""
    table = difference_table([enter()["baseline"]], enter()["baseline"], corrected)

    assert (0, BAR_COLUMNS) == (len(table), list(table.columns))
