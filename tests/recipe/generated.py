"""Generated recipes, and texts that may stand for values."""

from hypothesis import strategies as st

from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import Trick
from tricks.recipe.recipe import TRICKS, Recipe


def values_of(trick: Trick):
    """Any allowed value of the trick; a batch is small enough for a tenth of the toy set."""
    if trick.choices:
        return st.sampled_from(trick.choices)
    numbers = st.integers if isinstance(trick.default, int) else st.floats
    return numbers(trick.minimum, min(trick.maximum, 200 if trick.name == "batch_size" else 2000))


recipes = st.builds(Recipe, dataset=st.sampled_from([*DATASETS]), **{n: values_of(t) for n, t in TRICKS.items()})
texts = st.text() | st.sampled_from(["1", "-1", "1e400", "nan", "inf", "true", "sgd", "toy", "١٢", "1_0", " 64 "])
