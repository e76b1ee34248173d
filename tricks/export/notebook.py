"""A run's training as a notebook: the script in cells, with words between them."""

import json
from typing import Any

from tricks.export.script import describe_script
from tricks.recipe.run import Run
from tricks.store.index import Finished

HOW = (
    "[Open in Colab](https://colab.research.google.com/): choose *File*, *Upload notebook*, this file. {images}"
    " Run the cells from the first to the last; a GPU, chosen under *Runtime*, makes it quicker."
)
IMAGES = {
    True: "CIFAR-10 is downloaded by the last cell.",
    False: "The file with the images, {name}.pt, has to be uploaded as well, into the folder in which it runs.",
}
LAST = "Now it trains. The last value is the loss of every step, and the share of test images that are answered right."


def write_notebook(run: Run, finished: Finished | None) -> str:
    """The notebook, in the format of Jupyter, https://nbformat.readthedocs.io."""
    script = describe_script(run, finished)
    images = IMAGES[run.recipe.dataset == "cifar10"].format(name=run.recipe.dataset)
    *before, train = script.start.splitlines()
    cells = [
        write_text(f"# {run.recipe.label[:1].upper()}{run.recipe.label[1:]}\n\n{script.title} {script.about}"),
        write_text(HOW.format(images=images)),
        write_code(script.imports),
    ]
    for about, code in script.sections:
        cells += [write_text(about), write_code(code)]
    cells += [write_text(LAST), write_code("\n".join([*before, f"losses, accuracy = {train}", "losses[-1], accuracy"]))]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "accelerator": "GPU", "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}, indent=1)


def write_text(text: str) -> dict[str, Any]:
    """A cell of words."""
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def write_code(text: str) -> dict[str, Any]:
    """A cell of code."""
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
