"""A row of What helps?: the figure of a trick, how sure it is, and what to know of its seeds."""

from tests.pages.reading import read_rows
from tests.pages.what_helps.reading import BASELINE, CLOSE, FLIP, NORMALISED, open_answers
from tricks.recipe.recipe import Recipe


def test_each_measured_trick_is_a_row(fill):
    """A row has the figure, interval, seeds, how sure it is, costs as factors, and links to where more is known."""
    fill(BASELINE, *[0.5] * 5)
    fill(Recipe(block="residual"), *[0.75] * 4)

    row = read_rows(open_answers())["residual blocks"]

    assert ("Helps · 1", "+25.0 (+25.0 to +25.0)", "4 against 5 seeds") == (row["group"], row["figure"], row["details"])
    assert ("clear", "×1.7", "×3.8", "×1.0") == tuple(
        row[name] for name in ("how sure", "parameters", "arithmetic", "seconds")
    )
    assert ("also changes: a second convolution", "./tricks?trick=block") == (row["note"], row["about"])
    assert ["./?block=residual", "./compare?recipe=block~residual&recipe=baseline&reference=baseline"] == row["links"]


def test_how_sure_names_its_family(fill):
    """A verdict is shown as that of a single question, and whether it also holds among all that are measured."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, *CLOSE)
    fill(NORMALISED, *[0.75] * 4)

    rows = read_rows(open_answers())

    assert ("Helps · 2", "Helps · 2") == (rows["flip"]["group"], rows["normalised inputs"]["group"])
    assert ("clear alone", "clear among all 2") == (rows["flip"]["how sure"], rows["normalised inputs"]["how sure"])


def test_a_single_seed_is_not_clear(fill):
    """With a single seed a trick has a difference and no verdict, and the row says what an interval needs."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, 0.6875)

    row = read_rows(open_answers())["flip"]

    assert ("Not clear yet · 1", "+18.8", "needs three seeds of each") == tuple(
        row[name] for name in ("group", "figure", "how sure")
    )


def test_diverged_seeds_are_named(fill):
    """A row names the seeds that diverged."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, 0.5, 0.1, 0.5, diverged=1)

    assert "diverged: seed 1" == read_rows(open_answers())["flip"]["note"]
