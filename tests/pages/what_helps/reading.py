"""How tests open What helps?, and the recipes that they fill caches with."""

from functools import partial

from tests.pages.reading import open_page
from tricks.analysis.interactions import list_pairs
from tricks.recipe.recipe import TRICKS, Recipe

BASELINE, FLIP, NORMALISED = Recipe(), Recipe(flip=True), Recipe(normalize=True)
open_answers = partial(open_page, "what_helps.page")
CLOSE = [0.516, 0.521, 0.526, 0.511, 0.531]  # Better than five times 0.5 as a single question, not as one of two.


def find_pair(first: str, second: str):
    """The pair of two tricks on the baseline."""
    return next(pair for pair in list_pairs(TRICKS[first], "cifar10") if pair.alone.trick.name == second)
