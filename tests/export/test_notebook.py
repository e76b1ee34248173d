"""A training as a notebook."""

import json

import nbformat
import pytest

from tricks.export.formats import make_notebook
from tricks.export.notebook import write_notebook
from tricks.export.script import write_script
from tricks.export.selection import Chosen
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


def list_heads(text: str) -> list[str]:
    """The first lines of all definitions, and all imports."""
    return [line for line in text.splitlines() if line.startswith(("def ", "class ", "import ", "from "))]


def test_a_notebook_has_the_script_s_code():
    """A notebook is valid, tells where it is opened, and has all lines of the script in its order."""
    run = Run(recipe=Recipe(flip=True), seed=2)

    notebook = nbformat.reads(write_notebook(run, None), as_version=4)

    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    words = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert list_heads(write_script(run, None)) == list_heads(code)
    assert "https://colab.research.google.com" in words and "flip" in words


def test_words_stand_between_the_cells():
    """Every cell of code but the imports comes after words."""
    cells = json.loads(write_notebook(Run(recipe=Recipe(), seed=0), None))["cells"]

    kinds = "".join(cell["cell_type"][0] for cell in cells)

    assert "cc" not in kinds


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Of the kernel's own packages.
def test_a_notebook_runs(trained, tmp_path):
    """Run from its first cell to its last the notebook ends with the accuracy of the run."""
    from nbclient import NotebookClient

    store, run = trained
    notebook, images = make_notebook([Chosen(recipe=run.recipe)], store)
    (tmp_path / images.name).write_bytes(images.content)

    ran = NotebookClient(
        nbformat.reads(notebook.content.decode(), as_version=4), resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    assert f"{run.name}.ipynb" == notebook.name
    assert ran.cells[-1].outputs[-1].data["text/plain"].endswith(f", {store.find(run).outcome.test_accuracy})")
