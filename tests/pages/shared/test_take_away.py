"""What visitors take away, on Train and on Compare."""

import ast
import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import BASELINE, FLIP
from tests.pages.reading import open_page, open_train
from tricks.export.selection import Chosen
from tricks.pages.shared.take_away import FORMS, make_file
from tricks.recipe.recipe import Recipe
from tricks.store.store import Store

pytestmark = pytest.mark.usefixtures("engine")


def list_downloads(page: AppTest) -> dict[str, bool]:
    """What can be taken away, and whether it is there."""
    titles = {form.title for form in FORMS.values()}
    buttons = [one.proto for one in page.get("download_button")]
    return {one.label: not one.disabled for one in buttons if one.label in titles}


def test_a_recipe_without_runs_gives_its_script():
    """Before anything is trained there is a script and a notebook, and the others say what they need."""
    page = open_train()

    assert {"Script": True, "Notebook": True, "CSV": False, "Weights": False, "ONNX": False} == list_downloads(page)
    helps = [one.proto.help for one in page.get("download_button")]
    assert "The network with these weights: bytes of images in, probabilities out: no weights are kept" in helps


def test_a_finished_recipe_gives_everything(fill):
    """A finished run with its weights gives every form."""
    fill(BASELINE, 0.7)

    assert dict.fromkeys((form.title for form in FORMS.values()), True) == list_downloads(open_train())


def test_compare_asks_of_which_recipe(fill):
    """On Compare the recipe whose files are taken away is chosen among those compared."""
    fill(BASELINE, 0.7)
    page = open_page("compare.page", FLIP, BASELINE)

    first = list_downloads(page)
    page.selectbox(key="take-away").set_value(BASELINE.key).run()

    assert not page.exception
    assert [False, True] == [first["ONNX"], list_downloads(page)["ONNX"]]
    assert first["CSV"]


def test_a_script_is_made_on_click(tmp_path):
    """A click makes the script itself; where images belong beside it, an archive of both."""
    store = Store(tmp_path)

    script = make_file("script", [Chosen(recipe=BASELINE)], store)
    archive = zipfile.ZipFile(io.BytesIO(make_file("script", [Chosen(recipe=Recipe(dataset="toy"))], store)))

    assert ast.parse(script)
    assert [".py", ".pt"] == [name[-3:] for name in archive.namelist()]


def test_runs_are_taken_as_csv(fill, tmp_path):
    """The CSV has a line for every epoch of every run."""
    fill(BASELINE, 0.7, 0.71)

    assert 3 == len(make_file("csv", [Chosen(recipe=BASELINE)], Store(tmp_path)).splitlines())
