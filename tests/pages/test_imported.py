"""Runs of other hosts on the pages: counted where the visitor asks for them, marked, and kept in the link."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import ChosenEngine
from tests.pages.reading import read, read_rows
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.imported import import_runs
from tricks.store.store import Store

BASELINE, FLIP = Recipe(), Recipe(flip=True)
pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def bring(tmp_path, tmp_path_factory):
    """Imports seeds of a recipe, with the accuracies given, from the host `laptop`."""

    def bring_runs(recipe: Recipe, first: int, *accuracies: float) -> None:
        other = Store(tmp_path_factory.mktemp("laptop"))
        for seed, accuracy in enumerate(accuracies, start=first):
            run = Run(recipe=recipe, seed=seed)
            list(execute(other, ChosenEngine(accuracy), run))
            other.path(run, ".predictions.safetensors").unlink()
        import_runs(Store(tmp_path), other.folder, "laptop")

    return bring_runs


def open_page(name: str, **link: str | list[str]) -> AppTest:
    page = AppTest.from_string(f"from tricks.pages.{name} import page\npage.show()", default_timeout=30)
    for word, value in link.items():
        page.query_params[word] = value
    page.run()
    assert not page.exception
    return page


def open_compare(**link: str) -> AppTest:
    return open_page("compare", recipe=[write_word(BASELINE), write_word(FLIP)], **link)


@pytest.mark.parametrize("page", ["compare", "what_helps"])
def test_without_imported_runs_there_is_no_choice(page, fill):
    """Where nothing is imported nothing is asked; a link that counts imported runs is told that there are none."""
    fill(BASELINE, 0.7)

    assert "imported" not in [toggle.key for toggle in open_page(page).toggle]
    assert "imported runs too, of which there are none here" in read(open_page(page, imported="true"))


def test_imported_runs_count_where_the_visitor_asks(fill, bring):
    """Compare counts the own runs alone until the visitor asks; then it says how many runs come from where."""
    fill(BASELINE, 0.70, 0.71)
    fill(FLIP, 0.80)
    bring(FLIP, 1, 0.90, 0.91)
    page = open_compare()
    before = page.dataframe[0].value.set_index("recipe").loc["flip"]

    page.toggle(key="imported").set_value(True).run()

    after = page.dataframe[0].value.set_index("recipe").loc["flip"]
    assert not page.exception
    assert (1, 3) == (before["seeds"], after["seeds"])
    assert ("", "2 of laptop") == (before["imported"], after["imported"])
    assert "Imported runs count here too: 2 of laptop." in read(page)
    assert "true" == page.query_params["imported"]


def test_the_link_asks_for_imported_runs(fill, bring):
    """Who opens the link sees the same, may take it back, and is told of a value that does not exist."""
    fill(BASELINE, 0.70)
    bring(FLIP, 0, 0.90)

    page = open_compare(imported="true")
    assert 1 == page.dataframe[0].value.set_index("recipe").loc["flip"]["seeds"]
    page.toggle(key="imported").set_value(False).run()

    assert 0 == page.dataframe[0].value.set_index("recipe").loc["flip"]["seeds"]
    assert "imported" not in page.query_params
    assert "imported=perhaps, which does not exist" in open_compare(imported="perhaps").toast[0].value.replace("\\", "")


def test_the_own_run_counts_where_both_have_it(fill, bring):
    """A run that this host has itself is its own, also where imported ones count."""
    fill(BASELINE, 0.70)
    fill(FLIP, 0.80)
    bring(BASELINE, 1, 0.71)
    bring(FLIP, 0, 0.90)

    flip = open_compare(imported="true").dataframe[0].value.set_index("recipe").loc["flip"]

    assert (1, "") == (flip["seeds"], flip["imported"])
    assert 80.0 == pytest.approx(flip["last"])


def test_what_helps_is_answered_with_imported_runs_where_asked(fill, bring):
    """A trick that only another host has measured is not measured here, until the visitor counts its runs too."""
    fill(BASELINE, 0.50, 0.51, 0.52)
    bring(FLIP, 0, 0.70, 0.71, 0.72)
    page = open_page("what_helps")
    assert {} == read_rows(page)

    page.toggle(key="imported").set_value(True).run()

    assert not page.exception
    assert "helps" in read_rows(page)["flip"]["group"].lower()
    assert "imported=true" in read_rows(page)["flip"]["links"][1]
    assert "Imported runs count here too: 3 of laptop." in read(page)


def test_curves_of_imported_runs_are_drawn(fill, bring):
    """The curves of other hosts' runs are read where these lie; those of the own runs are not mixed up with them."""
    fill(BASELINE, 0.70)
    bring(FLIP, 0, 0.90)

    page = open_compare(imported="true")
    page.session_state["warnings"] = page.session_state["sums"] = True
    page.run()

    assert not page.exception
    assert "flip (N = 1)" in page.get("html")[0].proto.body
