"""An image as a visitor brings it, and the smallest recipe that is asked what it shows."""

import numpy as np

from tricks.recipe.recipe import Recipe

TOY = Recipe(dataset="toy", conv_width=0.125, dense_width=8)
PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
