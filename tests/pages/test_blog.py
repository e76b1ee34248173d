"""The blog's page in all its states, in Streamlit's simulator."""

import pytest

from tests.fakes import SlowEngine
from tests.pages.reading import open_page, read
from tricks.analysis.claims import CONCLUSIONS, QUESTIONS, list_settings
from tricks.recipe.recipe import Recipe

BASELINE = Recipe()


@pytest.fixture(autouse=True)
def lab(engine):
    """A lab on an empty cache, whose engine begins its runs and never ends them."""
    engine(SlowEngine())


def test_the_blog_stands_without_results():
    """On an empty cache the blog's own figures are shown, and every conclusion is not measured yet."""
    page = open_page("blog")

    assert not page.exception
    assert f"{len(CONCLUSIONS)} not measured yet" in read(page)
    assert "not trained yet" in page.dataframe[0].value.to_string()
    assert 2 == len(page.get("vega_lite_chart"))
    assert f"Queue the {4 * len(list_settings())} missing runs" in [button.label for button in page.button]


def test_the_blog_s_conclusions_follow_the_results(fill):
    """Conclusions and questions are judged by what is in the cache, each with its figures."""
    fill(BASELINE, *[0.5] * 4)
    fill(Recipe(dense_width=512), *[0.75] * 4)
    fill(Recipe(grad_clip=1.0), *[0.25] * 4)
    fill(Recipe(dense_layers=2), *[0.5] * 4)

    page = open_page("blog")

    words = read(page)
    assert not page.exception
    assert "**A wider dense head helps** :green-badge[confirmed]" in words
    assert "**Gradient clipping helps** :orange-badge[refuted]" in words
    assert "+25.0 points (+25.0 to +25.0), 4 seeds each" in words
    assert "**Does a second dense layer help at the baseline's width?** :orange-badge[no]" in words
    assert all(claim.text in words for claim in (*CONCLUSIONS, *QUESTIONS))
