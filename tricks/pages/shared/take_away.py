"""What visitors take away of recipes: made when they click, in a thread of its own, outside of the page's turn."""

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from tricks.export.formats import FORMATS
from tricks.export.selection import Chosen
from tricks.lab import open_lab
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.store.files import WEIGHTS
from tricks.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form as visitors see it; `needs` is what there must be of the recipe: nothing, runs, or weights."""

    title: str
    about: str
    ending: str
    kind: str
    needs: str = ""


FORMS = {
    "script": Form(
        title="Script", about="The training as one readable file on PyTorch alone", ending=".py", kind="text/x-python"
    ),
    "notebook": Form(
        title="Notebook", about="The script in cells, for Jupyter or Colab", ending=".ipynb", kind="application/json"
    ),
    "csv": Form(
        title="CSV",
        about="Every run of this host's own of what is shown here, with all epochs",
        ending=".csv",
        kind="text/csv",
        needs="runs",
    ),
    "weights": Form(
        title="Weights",
        about="Of the first seed that has them, as safetensors with a model card",
        ending=".safetensors",
        kind="application/octet-stream",
        needs="weights",
    ),
    "onnx": Form(
        title="ONNX",
        about="The network with these weights: bytes of images in, probabilities out",
        ending=".onnx",
        kind="application/octet-stream",
        needs="weights",
    ),
}


def show_take_away(recipes: Sequence[Recipe]) -> None:
    """All that can be taken away: the runs of all the recipes, and the rest of one, of several the visitor's choice."""
    with st.popover("Take away", icon=":material/download:", type="tertiary"):
        recipe = recipes[0]
        if len(recipes) > 1:
            named = {one.key: one for one in recipes}
            key = st.selectbox("Of", list(named), key="take-away", format_func=lambda key: plain(named[key].label))
            recipe = named[key]
        for name, form in FORMS.items():
            show_download(name, form, recipes if name == "csv" else [recipe])


def is_there(recipe: Recipe, needs: str) -> bool:
    """Whether the recipe has what is needed: nothing, a finished run, or one with weights."""
    known, store = open_lab().results().get(recipe.key), open_lab().store
    if not needs or known is None:
        return not needs
    return needs == "runs" or any(os.path.exists(store.path(one.run, WEIGHTS)) for one in known.runs.values())


def show_download(name: str, form: Form, recipes: Sequence[Recipe]) -> None:
    """The button of one form, which says why it cannot be pressed where it cannot."""
    is_ready = any(is_there(recipe, form.needs) for recipe in recipes)
    is_zipped = recipes[0].dataset != "cifar10" and not form.needs  # Its images go with it.
    missing = {"runs": "no run is finished yet", "weights": "no weights are kept"}
    st.download_button(
        form.title,
        partial(make_file, name, [Chosen(recipe=recipe) for recipe in recipes], open_lab().store),
        file_name=f"{recipes[0].key if len(recipes) == 1 else 'runs'}{'.zip' if is_zipped else form.ending}",
        mime="application/zip" if is_zipped else form.kind,
        help=form.about if is_ready else f"{form.about}: {missing[form.needs]}",
        key=f"take-{name}",
        on_click="ignore",
        disabled=not is_ready,
        width="stretch",
    )


def make_file(name: str, chosen: Sequence[Chosen], store: Store) -> bytes:
    """The file that is taken away; where a script needs other files beside it, all of them in an archive."""
    files = FORMATS[name](chosen, store)
    if len(files) == 1 or name == "weights":
        return files[0].content
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.writestr(file.name, file.content)
    return archive.getvalue()
