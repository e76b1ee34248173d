"""Every form in which results can be taken away, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tricks.export.onnx import write_onnx
from tricks.export.selection import WEIGHTS, Chosen, list_finished, pick_run
from tricks.export.table import write_table
from tricks.export.weights import load_weights, write_card, write_weights
from tricks.store.results import gather
from tricks.store.store import Store


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to be taken away."""

    name: str
    content: bytes


def make_csv(chosen: Sequence[Chosen], store: Store) -> list[File]:
    """Every finished run of what is chosen, with all epochs."""
    runs = list_finished(chosen, gather(store.finished()))
    recipes = {one.run.recipe.key for one in runs}
    name = recipes.pop() if len(recipes) == 1 else "runs"
    return [File(name=f"{name}.csv", content=write_table(runs, store))]


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


# Each gives the file that was asked for, then those that belong beside it (ValueError, StoreError: one sentence).
FORMATS: dict[str, Callable[[Sequence[Chosen], Store], list[File]]] = {
    "csv": make_csv,
    "weights": make_weights,
    "onnx": make_onnx,
}
