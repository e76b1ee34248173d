"""Recipes that have, taken together, every choice of every trick."""

import itertools

from tricks.recipe.recipe import TRICKS, Recipe

SMALL = {"dataset": "toy", "epochs": 2, "conv_width": 0.125, "dense_width": 8, "batch_size": 20}


def list_mixtures() -> list[Recipe]:
    """As few recipes on a small network as have, taken together, every choice of every trick."""
    tricks = [trick for trick in TRICKS.values() if trick.name not in SMALL]
    choices = {trick.name: trick.choices or (trick.recommended,) for trick in tricks}
    count = max(map(len, choices.values()))
    rows = zip(*(itertools.islice(itertools.cycle(values), count) for values in choices.values()), strict=True)
    return [Recipe(**SMALL | dict(zip(choices, row, strict=True))) for row in rows]
