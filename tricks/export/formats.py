"""Every form in which results can be taken away, by name."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tricks.export.archive import write_archive
from tricks.export.notebook import write_notebook
from tricks.export.onnx import write_onnx
from tricks.export.script import write_script
from tricks.export.selection import Chosen, default_run, list_finished, pick_run
from tricks.export.table import write_table
from tricks.export.weights import load_weights, write_card, write_weights
from tricks.settings import ROOT
from tricks.store.files import WEIGHTS
from tricks.store.index import Finished
from tricks.store.results import gather
from tricks.store.store import Store
from tricks.store.writer import StoreError


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to be taken away."""

    name: str
    content: bytes


def make_csv(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """Every finished run of what is chosen, with all epochs."""
    runs = list_finished(chosen, gather(store.finished()))
    return [File(name=f"{name_runs(runs)}.csv", content=write_table(runs, store))]


def make_zip(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """Every finished run of what is chosen, as another host can import it."""
    runs = list_finished(chosen, gather(store.finished()))
    return [File(name=f"{name_runs(runs)}.zip", content=write_archive(runs, store))]


def name_runs(runs: Sequence[Finished]) -> str:
    """What a file of these runs is called: the recipe's key where there is but one."""
    recipes = {one.run.recipe.key for one in runs}
    return recipes.pop() if len(recipes) == 1 else "runs"


def make_weights(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """A run's weights, and their model card, which is inside as well."""
    one = pick_run(chosen, store, WEIGHTS)
    name, results = f"{one.run.name}.safetensors", gather(store.finished())
    return [
        File(name=name, content=write_weights(one, load_weights(one.run, store), results, name)),
        File(name=f"{one.run.name}.md", content=write_card(one, results, name).encode()),
    ]


def make_onnx(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """A run's network with its weights, from bytes of images to probabilities."""
    one = pick_run(chosen, store, WEIGHTS)
    facts = {"key": one.run.recipe.key, "seed": str(one.run.seed), "test_accuracy": str(one.outcome.test_accuracy)}
    content = write_onnx(one.run.recipe, load_weights(one.run, store), facts=facts)
    return [File(name=f"{one.run.name}.onnx", content=content)]


def make_script(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """The training of a run, finished or not, as one readable file, with images that are not CIFAR-10's beside it."""
    run = default_run(chosen, gather(store.finished()))
    script = write_script(run, store.find(run))
    return [File(name=f"{run.name}.py", content=script.encode()), *make_images(run.recipe.dataset)]


def make_notebook(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """The training of a run, finished or not, as a notebook, with images that are not CIFAR-10's beside it."""
    run = default_run(chosen, gather(store.finished()))
    notebook = write_notebook(run, store.find(run))
    return [File(name=f"{run.name}.ipynb", content=notebook.encode()), *make_images(run.recipe.dataset)]


def make_images(dataset: str) -> list[File]:
    """The images that a script cannot download, made in a process of its own, which may import PyTorch (StoreError)."""
    if dataset == "cifar10":
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{dataset}.pt"
        command = [sys.executable, "-m", "tricks.training.images_file", dataset, str(path)]
        made = subprocess.run(command, cwd=ROOT, capture_output=True)
        if made.returncode:
            raise StoreError(f"the images of {dataset} cannot be written: python -m tricks doctor says what is wrong")
        return [File(name=path.name, content=path.read_bytes())]


# Each gives the file that was asked for, then those that belong beside it (ValueError, StoreError: one sentence).
FORMATS: dict[str, Callable[[Sequence[Chosen], Store], list[File]]] = {
    "csv": make_csv,
    "weights": make_weights,
    "onnx": make_onnx,
    "script": make_script,
    "notebook": make_notebook,
    "zip": make_zip,
}
