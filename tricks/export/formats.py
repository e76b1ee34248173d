"""Every form in which results can be taken away, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tricks.export.selection import WEIGHTS, Chosen, list_finished, pick_run
from tricks.export.table import write_table
from tricks.export.weights import write_card, write_weights
from tricks.store.results import gather
from tricks.store.store import Store
from tricks.store.writer import explain_os_errors


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
    with explain_os_errors(store.folder):
        kept = store.path(one.run, WEIGHTS).read_bytes()
    card = write_card(one, results, name).encode()
    return [
        File(name=name, content=write_weights(one, kept, results, name)),
        File(name=f"{one.run.name}.md", content=card),
    ]


# Each gives the file that was asked for, then those that belong beside it (ValueError, StoreError: one sentence).
FORMATS: dict[str, Callable[[Sequence[Chosen], Store], list[File]]] = {
    "csv": make_csv,
    "weights": make_weights,
}
