"""Pairs of tricks on What helps?: four recipes, how they go together, and which pair comes first."""

from tests.pages.reading import read, read_rows
from tests.pages.what_helps.reading import BASELINE, find_pair, open_answers


def test_a_pair_is_a_table_of_four(fill):
    """Two tricks are a row, four recipes, and a sentence that says how they go together."""
    pair = find_pair("flip", "normalize")
    fill(BASELINE, *[0.5] * 4)
    fill(pair.alone.recipe, *[0.75] * 4)
    fill(pair.together.reference, *[0.625] * 4)
    fill(pair.together.recipe, *[0.75] * 4)

    page = open_answers(view="pairs", first="flip", second="normalize")

    row, words = read_rows(page)["normalised inputs"], read(page)
    assert ("Helps · 1", "clear among all 3") == (row["group"], row["how sure"])
    assert ("+25.0", "less than the sum (-12.5)") == (row["without the first"], row["together"])
    assert "The effect of normalised inputs is smaller with flip: together they bring less than their sum" in words
    assert "62.5% (62.5% to 62.5%, N = 4)" in words


def test_the_link_to_share_has_the_second_trick(fill):
    """The link to a pair is of the pair that is shown, also after another second trick was chosen."""
    fill(BASELINE, *[0.5] * 4)
    page = open_answers(view="pairs", first="flip", second="normalize")

    page.selectbox(key="second").set_value("grad_clip").run()

    assert page.code[0].value.endswith("?view=pairs&first=flip&second=grad_clip")


def test_what_is_known_of_pairs_comes_first(fill):
    """The view of pairs opens with the pair that most is known of."""
    pair = find_pair("flip", "normalize")
    for recipe in (BASELINE, pair.alone.recipe, pair.together.reference, pair.together.recipe):
        fill(recipe, *[0.5] * 4)

    page = open_answers(view="pairs", first="flip")

    assert "normalize" == page.selectbox(key="second").value
    assert ["normalised inputs"] == list(read_rows(page))
