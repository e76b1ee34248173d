"""Run files that come from elsewhere, or were damaged in any way: data at most, never an error."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import OTHER, RUN, train_fake
from tricks.charts.curves import loss_curve, mean_accuracy_curve
from tricks.store.results import gather
from tricks.store.store import Store
from tricks.store.writer import write_line

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def damages(draw):
    """A way to damage a run's file: bytes cut, overwritten or inserted, lines shuffled or lost, or values replaced."""
    kind = draw(st.sampled_from(["cut", "overwrite", "insert", "lines", "value"]))
    place, junk = draw(st.floats(0, 1)), draw(st.binary(min_size=1, max_size=40))
    order, value = draw(st.lists(st.integers(0, 4), max_size=8)), draw(json_values)

    def damage(content: bytes) -> bytes:
        at, lines = int(place * len(content)), content.splitlines(keepends=True)
        if kind == "value":
            number = int(place * (len(lines) - 1))
            line = json.loads(lines[number])
            name = sorted(line)[len(junk) % len(line)]
            lines[number] = write_line(line | {name: value})
            return b"".join(lines)
        return {
            "cut": content[:at],
            "overwrite": content[:at] + junk + content[at + len(junk) :],
            "insert": content[:at] + junk + content[at:],
            "lines": b"".join(lines[number % len(lines)] for number in order),
        }[kind]

    return damage


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory) -> tuple[bytes, Store]:
    """A store with two finished runs, and the second one's file."""
    store = Store(tmp_path_factory.mktemp("two"))
    train_fake(store, RUN)
    train_fake(store, OTHER)
    return store.path(OTHER, ".jsonl").read_bytes(), store


@settings(max_examples=500)
@given(damages())
def test_no_damage_is_an_error_or_loses_another_run(two_runs, damage):
    """However one run's file is damaged, the store reads what it can, and the other run is as it was."""
    content, other = two_runs
    path = other.path(OTHER, ".jsonl")
    path.write_bytes(damage(content))
    store = Store(other.folder)

    results = gather(store.finished())
    record = store.read(OTHER)

    assert RUN in [finished.run for finished in store.finished()]
    assert 0.5 == results[RUN.recipe.key].accuracies[RUN.seed]
    for table in (loss_curve(record, 10), mean_accuracy_curve([record], "series")):
        assert table is not None
    assert (store.find(OTHER) is not None) == (OTHER in [finished.run for finished in store.finished()])
