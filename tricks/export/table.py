"""Every run with all of its epochs, as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from tricks.recipe.measurements import Epoch
from tricks.store.files import FINISHED
from tricks.store.index import Finished
from tricks.store.store import Store

MEASURED = ("epoch", "step", "train_accuracy", "test_loss", "test_accuracy", "seconds", "images_per_second")
COLUMNS = ("key", "label", "seed", "diverged", "device", *MEASURED)


def write_table(runs: Iterable[Finished], store: Store) -> bytes:
    """A line for every epoch of every run; accuracies are shares, and what was not finite is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in runs:
        writer.writerows(read_epochs(one, store))
    return text.getvalue().encode()


def read_epochs(one: Finished, store: Store) -> Iterator[dict[str, Any]]:
    """The run's epochs, as its file tells them; none where it is gone."""
    record = store.look(store.path(one.run, FINISHED))
    facts = {"key": one.run.recipe.key, "label": one.run.recipe.label, "seed": one.run.seed}
    for epoch in record.epochs if record else ():
        measured = {name: read_finite(epoch, name) for name in MEASURED}
        yield facts | {"diverged": one.outcome.diverged, "device": one.machine.title} | measured


def read_finite(epoch: Epoch, name: str) -> float | None:
    """What was measured; None for what is no number."""
    value = getattr(epoch, name)
    return value if value == value else None
