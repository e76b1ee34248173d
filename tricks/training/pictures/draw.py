"""A picture as arrays by name: what a page needs to show it, in numbers of the code that trains."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tricks.recipe.recipe import Recipe, find_trick
from tricks.training.pictures.batches import draw_images, draw_sheet
from tricks.training.pictures.curves import draw_activation, draw_clipping, draw_loss, draw_nearby, draw_rates
from tricks.training.pictures.examples import Album, open_examples
from tricks.training.pictures.filters import draw_filters
from tricks.training.pictures.paths import draw_path

Arrays = dict[str, np.ndarray]

# By kind, of the recipe, the trick's name, and the number of the draw.
CURVES: dict[str, Callable[[Recipe, str, int], Arrays]] = {
    "rates": draw_rates,
    "activation": draw_activation,
    "loss": draw_loss,
    "path": draw_path,
    "clipping": draw_clipping,
    "nearby": draw_nearby,
}
# These look at real images as well.
ALBUMS: dict[str, Callable[[Recipe, str, int, Album], Arrays]] = {
    "images": draw_images,
    "sheet": draw_sheet,
    "filters": draw_filters,
}


def draw_picture(recipe: Recipe, name: str, draw: int, folder: Path) -> Arrays:
    """The picture of a trick in a recipe; `draw` numbers what chance decides. Images are from the folder of the data.

    Where they are not there, the toy set's are taken, and `stand_in` is there too; `drawn` is where another draw is
    another picture. A trick without such a picture is a ValueError.
    """
    kind = find_trick(name).picture
    if kind in CURVES:
        return CURVES[kind](recipe, name, draw)
    if kind not in ALBUMS:
        raise ValueError(f"there is no picture of {name}")
    album = open_examples(recipe.dataset, folder)
    stand_in = {} if album else {"stand_in": np.array(True)}
    return ALBUMS[kind](recipe, name, draw, album or open_examples("toy", folder)) | stand_in
