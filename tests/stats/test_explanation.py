"""The arithmetic in words: its numbers are those of the comparison, and it ends where the pairs end."""

import pytest

from tricks.stats.comparison import compare, correct
from tricks.stats.explanation import explain, list_warnings, measure_jumps

REFERENCE = {0: 0.70, 1: 0.71, 2: 0.72, 3: 0.73, 9: 0.50}
VALUES = {0: 0.72, 1: 0.74, 2: 0.73, 3: 0.77}


def read(values, reference, comparisons: int = 1) -> dict[str, str]:
    """The steps' words by their titles."""
    return {step.title: step.words for step in explain(values, reference, comparisons)}


def test_the_arithmetic_by_hand():
    """Differences 2, 3, 1, 4: mean 2.5, deviation 1.29, t = 3.87, E = 17^-½ · (6 / 1.294)² = 5.21."""
    words = read(VALUES, REFERENCE)

    assert "seeds 0, 1, 2, 3" in words["Pairs"]
    assert "seed 3: 77.00% − 73.00% = +4.00" in words["Differences"]
    assert "number 4: +2.50 points" in words["Mean"]
    assert "1.29 points" in words["Deviation"]
    assert "+2.50 / (1.29 / √4) = 3.87" in words["t"]
    assert "E = 5.21." in words["Evidence"]
    assert "from -2.16 to +7.16 points: the mean ± 4.66" in words["Interval"]
    assert "+0.45 to +4.55 points: better" in words["What a plain 95% t-interval would have said"]


@pytest.mark.parametrize("comparisons", [1, 2, 7])
def test_the_verdict_is_the_comparison_s(comparisons):
    """The last words are those that every page uses, corrected when asked for."""
    words = read(VALUES, REFERENCE, comparisons)

    alpha = correct(comparisons)
    assert compare(VALUES, REFERENCE, alpha).words in words["Verdict"]
    assert f"has to reach {20 * comparisons}" in words["Evidence"]


def test_without_pairs_nothing_is_subtracted():
    """Recipes without a common seed have no arithmetic, and the reason is said."""
    words = read({0: 0.7}, {1: 0.7})

    assert ["Pairs", "Verdict"] == list(words)
    assert "No seed has been trained with both" in words["Pairs"]


def test_one_pair_has_a_difference_and_no_more():
    """With one pair there is a mean, and the words say that chance is unknown."""
    words = read({0: 0.7}, {0: 0.6})

    assert ["Pairs", "Differences", "Mean", "Verdict"] == list(words)
    assert "With one pair the difference is +10.00 points" in words["Mean"]


def test_three_pairs_exclude_nothing():
    """Below four pairs the arithmetic ends with what is missing."""
    words = read({seed: VALUES[seed] for seed in (0, 1, 2)}, REFERENCE)

    assert "With three pairs no difference can be excluded: it takes four at least" in words["Interval"]


@pytest.mark.parametrize(
    ("difference", "t", "verdict"), [(0.125, "without limit", "better"), (0.0, "0.00", "about the same")]
)
def test_equal_differences_are_explained(difference, t, verdict):
    """Pairs that do not differ among each other divide by nothing, and the words say so."""
    words = read(dict.fromkeys(range(5), 0.5 + difference), dict.fromkeys(range(5), 0.5))

    assert t in words["t"]
    assert words["Verdict"].endswith(f"{verdict}.")


def test_many_pairs_are_not_all_written_out():
    """Of very many pairs the first are shown, with the number of the others."""
    words = read(dict.fromkeys(range(100), 0.6), dict.fromkeys(range(100), 0.5))

    assert "seed 11:" in words["Differences"] and "seed 12:" not in words["Differences"]
    assert "and 88 more" in words["Differences"]
    assert "more than a million" in words["Evidence"]


def test_jumps_are_those_of_the_last_epochs():
    """The changes over the last three steps of every run are averaged, whatever came before."""
    assert 0.02 == pytest.approx(measure_jumps([[0.1, 0.5, 0.51, 0.49, 0.52], [0.9, 0.9, 0.9, 0.84]]))


@pytest.mark.parametrize("courses", [[], [[]], [[0.5]], [[0.5, 0.6, 0.7]]])
def test_short_runs_have_no_jumps(courses):
    """Runs that end before three steps say nothing of the last epochs."""
    assert measure_jumps(courses) is None


def test_the_warnings_say_how_much():
    """Best of many, the last epoch's jumps, and the test images are warned of, with numbers."""
    words = " ".join(list_warnings(8, 0.0123))

    assert "all 8 recipes were equal, the best mean would still lie about 1.4 standard errors" in words
    assert "by 1.2 points" in words
    assert "Choosing by test accuracy flatters" in words


def test_one_recipe_is_not_the_best_of_many():
    """With a single recipe and no epochs, only what still applies is said."""
    words = " ".join(list_warnings(1, None))

    assert "best of many" not in words and "jumps" not in words
