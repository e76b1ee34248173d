"""How tests draw the picture of a trick."""

from pathlib import Path

import numpy as np

from tricks.recipe.picture import reduce_to_picture
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.pictures.draw import draw_picture

NOWHERE, FLIP = Path("nowhere"), Recipe(flip=True)


def draw(name: str, number: int = 0, **values) -> dict[str, np.ndarray]:
    """The picture of a trick on the toy set, with these values."""
    recipe = Recipe(dataset="toy", **TRICKS[name].needs | values)
    return draw_picture(reduce_to_picture(TRICKS[name], recipe), name, number, NOWHERE)
