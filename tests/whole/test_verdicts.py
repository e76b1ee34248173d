"""No two places of the product give another verdict on the same question."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

import tricks.lab
from tests.fakes import FakeEngine
from tests.pages.reading import read_rows
from tricks.analysis.answer import GROUPS, find_answer
from tricks.analysis.claims import CONCLUSIONS
from tricks.analysis.compare import compare_recipes
from tricks.analysis.effects import Change, list_additions
from tricks.analysis.verdicts import check
from tricks.cli.main import main
from tricks.lab import close_lab, open_lab
from tricks.pages.shared.recipes import MOST_RECIPES
from tricks.recipe.link import write_link, write_word
from tricks.recipe.recipe import Recipe
from tricks.settings import ROOT
from tricks.stats.wording import format_comparison, format_figures, format_interval

MEASURES = ("settled", "last")


@pytest.fixture(autouse=True)
def lab(monkeypatch, tmp_path):
    """A lab on a copy of the committed runs."""
    for path in (ROOT / "cache").glob("*.jsonl"):
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))
    monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [FakeEngine()])
    yield open_lab()
    close_lab()


def open_page(module: str, **link: str) -> AppTest:
    """A page with this link."""
    page = AppTest.from_string(f"from tricks.pages.{module} import page\npage.show()", default_timeout=60)
    for name, value in link.items():
        page.query_params[name] = value
    return page.run()


def list_measured() -> list[Change]:
    """One trick on, on the baseline or with what it needs there, as far as the cache has runs of both sides."""
    results = open_lab().results()
    return [one for one in list_additions(Recipe(), results) if {one.recipe.key, one.reference.key} <= results.keys()]


def list_links(most: int = MOST_RECIPES) -> list[list[Recipe]]:
    """The recipes that are measured against the baseline itself, as many at a time as a link may have."""
    recipes = [change.recipe for change in list_measured() if not change.needs]
    return [recipes[place : place + most] for place in range(0, len(recipes), most)]


def read(page: AppTest) -> str:
    """All words of the page's texts."""
    assert not page.exception
    return "\n".join(str(text.value).replace("\\", "") for text in [*page.markdown, *page.caption])


@pytest.mark.parametrize("measure", MEASURES)
def test_compare_agrees(measure):
    """Compare gives each trick the verdict and the interval of the one function, alone and among all that are shown."""
    results = open_lab().results()
    for recipes in list_links():
        for correction, alpha in (("uncorrected", 0.05), ("corrected", 0.05 / len(recipes))):
            link = {"measure": measure, "correction": correction, "recipe": list(map(write_word, recipes))}
            compared = open_page("compare", **link).dataframe[0].value.set_index("recipe")
            for recipe in recipes:
                expected = compare_recipes(recipe, Recipe(), results, measure, alpha)
                assert (expected.verdict, format_interval(expected)) == tuple(
                    compared.loc[recipe.label][["verdict", correction]]
                )


@pytest.mark.parametrize("measure", MEASURES)
def test_what_helps_agrees(measure):
    """What helps? gives each trick the verdict and the interval of the one function, and says whether it is clear among
    all."""
    changes, results = list_measured(), open_lab().results()
    rows = read_rows(open_page("what_helps", measure=measure))
    for change in changes:
        sides = (change.recipe, change.reference)
        row, alone = rows[change.label], compare_recipes(*sides, results, measure)
        among = compare_recipes(*sides, results, measure, 0.05 / len(changes))
        assert row["group"].startswith(GROUPS[alone.verdict][0])
        assert f"({format_interval(alone)})" in row["figure"]
        if alone.is_clear:
            sure = among.verdict == alone.verdict
            assert (f"clear among all {len(changes)}" if sure else "clear alone") == row["how sure"]


def test_words_agree(capsys, tmp_path):
    """The first page, The tricks and both commands say of each trick the sentence of the one function."""
    assert 0 == main(["effects", "--cache", str(tmp_path)])
    effects = capsys.readouterr().out
    page = open_page("tricks")
    for change in list_measured():
        sentence = format_comparison(compare_recipes(change.recipe, change.reference, open_lab().results()))

        assert 0 == main(["compare", change.recipe.key, change.reference.key, "--cache", str(tmp_path)])
        assert sentence in capsys.readouterr().out
        assert change.needs or sentence in read(open_page("train", **write_link(change.recipe)))
        assert sentence in read(page.selectbox(key="trick").set_value(change.trick.name).run())
        assert f"{change.label}: {sentence}" in effects


def test_the_blog_agrees():
    """The blog's page shows of each conclusion the figures of both measures, and what becomes of it by each."""
    page = AppTest.from_string("from tricks.pages import blog\nblog.show()", default_timeout=60).run()

    words = read(page)
    for finding in (check(claim, open_lab().results(), measure) for claim in CONCLUSIONS for measure in MEASURES):
        assert format_figures(finding.comparison) in words
        assert f": {finding.words}: {finding.verdict}" in words


def test_most_conclusions_of_the_blog_are_decided():
    """Of the blog's ten conclusions at least eight are decided by the settled accuracy."""
    findings = [check(claim, open_lab().results()) for claim in CONCLUSIONS]

    assert sum(finding.holds is not None for finding in findings) >= 8


def test_most_tricks_have_an_answer():
    """Of the tricks that the cache has measured at least 17 have a verdict, or an interval of at most two points to
    either side, as one of all."""
    answer = find_answer(list_additions(Recipe(), open_lab().results()), open_lab().results())
    among = [one.effect.corrected for one in answer.measured]

    assert len(among) >= 21
    assert sum(each.is_clear or each.high - each.low <= 0.04 for each in among) >= 17
